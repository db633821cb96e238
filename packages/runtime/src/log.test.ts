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
