import {expect, test} from 'vitest';
import {runNode} from './run-node.ts';

test('writes one JSON line with level, time, name and base', async () => {
  const {stdout} = await runNode(`
    import {createLogger} from '@madang/runtime/log';
    createLogger({name: 'gateway', level: 'info', base: {node: 'a'}}).info({roomId: 'r'}, 'hello');
  `).ended;

  expect(JSON.parse(stdout)).toEqual({
    level: 'info',
    time: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
    name: 'gateway',
    node: 'a',
    roomId: 'r',
    msg: 'hello',
  });
});

test('keeps secrets and texts out of the log, wherever they hide', async () => {
  const {stdout} = await runNode(`
    import {createLogger} from '@madang/runtime/log';
    const hidden = 'SECRET';
    createLogger({name: 'gateway', level: 'info'}).info({
      password: hidden,
      text: hidden,
      req: {headers: {cookie: hidden, authorization: hidden, 'set-cookie': [hidden]}},
      handshake: {auth: {token: hidden}},
      input: {password: {current: hidden}, ticket: hidden},
    }, 'hello');
  `).ended;

  expect(stdout).toContain('[redacted]');
  expect(stdout).not.toContain('SECRET');
});

const secrets = {
  inUrl: 'pa/ss?#w@rd',
  token: 'mds_6f0c1b9e-0000-4000-8000-000000000001.3.abcdefghijklmnopqrstuvwxyz012345.c2lnbmF0dXJl',
  key: 'mdk_0123456789abcdefghijklmnopqrstuvwxyzABCDEF',
  ticket: 'mdt_0123456789abcdefghijklmnopqrstuvwxyzABCDEF',
  sessionId: '6f0c1b9e-0000-4000-8000-000000000001.3.abcdefghijklmnopqrstuvwxyz012345',
  cookie: 's%3A6f0c1b9e-0000-4000-8000-000000000001.3.abcdefghijklmnopqrstuvwxyz012345.c2lnbm%2FF0',
  hash: '$argon2id$v=19$m=19456,t=2,p=1$c2FsdHNhbHQ$aGFzaGhhc2g',
  known: 'from the configuration',
  jwt: 'eyJhbGciOiJFUzI1NiIsImtpZCI6Im9uZSJ9.eyJzdWIiOiJjdXN0b21lci03IiwiYXVkIjoiY2hhdCJ9.c2ln-bmF0_dXJlc2ln',
  auth: 'hunter22',
};

test('at every level, redacts addresses with passwords, tokens, keys, cookies and session ids within any text', async () => {
  const {stdout} = await runNode(`
    import {createLogger} from '@madang/runtime/log';
    import {hideSecret} from '@madang/runtime/redaction';
    const s = ${JSON.stringify(secrets)};
    hideSecret(s.known);
    const log = createLogger({name: 'gateway', level: 'trace'});
    const child = log.child({address: 'redis://u:' + s.inUrl + '@host:6379', req: {headers: {cookie: s.cookie}}});
    for (const level of ['trace', 'debug', 'info', 'warn', 'error', 'fatal']) {
      for (const text of [
        'connect to postgres://me:' + s.inUrl + '@db:5432/madang failed',
        'https://me:' + s.auth + '@git.example/x',
        'Authorization: Bearer ' + s.token, s.key, s.ticket, s.jwt, 'session ' + s.sessionId,
        'Cookie: a=b; __Host-madang=' + s.cookie + '; c=d', 'AUTH madang ' + s.auth, s.hash, s.known,
      ]) {
        child[level](text);
        child[level]({a: {b: {c: {d: {e: {f: text}}}}}, list: [text]}, 'nested');
        child[level]({err: Object.assign(new Error(text), {
          command: {name: 'auth', args: ['madang', s.auth]}, detail: s.auth, input: s.auth,
        })}, 'failed');
        child[level]({cause: new Error('outer', {cause: new Error(text)})}, 'failed');
        child[level]({errors: new AggregateError([Object.assign(new Error(text), {command: {args: [s.auth]}})], text)}, 'failed');
      }
    }
    log.info({deep: {a: {b: {c: {d: {password: s.auth, token: s.auth, args: [s.auth]}}}}}}, 'deep');
  `).ended;

  expect(stdout.trim().split('\n')).toHaveLength(6 * 11 * 5 + 1);
  for (const [name, secret] of Object.entries(secrets)) {
    const forms = [secret, secret.slice(-10), JSON.stringify(secret).slice(1, -1)];
    for (const form of forms) expect(stdout.includes(form), `${name} as ${form}`).toBe(false);
  }
  expect(stdout).toContain('[redacted]@db:5432/madang failed');
  for (const line of stdout.trim().split('\n')) JSON.parse(line);
});

test('leaves what is no secret as it is, and an error with its type, message, code and stack', async () => {
  const {stdout} = await runNode(`
    import {createLogger} from '@madang/runtime/log';
    createLogger({name: 'gateway', level: 'info'}).info({
      err: Object.assign(new TypeError('no'), {code: 'E1'}), path: '/rooms/1?x=@y', at: new Date(0), n: 1, on: true,
      url: 'https://chat.example/@someone', none: null,
    }, 'hello to someone@example.com');
  `).ended;

  expect(JSON.parse(stdout)).toMatchObject({
    err: {type: 'TypeError', message: 'no', code: 'E1', stack: expect.stringContaining('TypeError: no')},
    path: '/rooms/1?x=@y',
    at: '1970-01-01T00:00:00.000Z',
    n: 1,
    on: true,
    none: null,
    url: 'https://chat.example/@someone',
    msg: 'hello to someone@example.com',
  });
});
