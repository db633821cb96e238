/** Users, passwords, their rotation, and TLS. */
import {execFileSync} from 'node:child_process';
import {createHash} from 'node:crypto';
import {mkdtempSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {findFreePort} from '@madang/processes/free-port';
import {createLogger} from '@madang/runtime/log';
import {readRedisServers} from '@madang/runtime/redis-servers';
import {commandRedis, startPrivateRedis} from '@madang/testkit/redis';
import {startClusterRedis} from '@madang/testkit/redis-cluster';
import {startSentinelRedis} from '@madang/testkit/redis-sentinels';
import {waitFor} from '@madang/testkit/wait-for';
import {expect, onTestFinished, test} from 'vitest';
import {createRedisClients} from './clients.ts';

const awkward = 'p#s/s?w@rd%:, "ü$\\ \'';
const hashOf = (password: string) => createHash('sha256').update(password).digest('hex');

function clientsOf(env: Record<string, string>) {
  const log = createLogger({name: 'test', level: 'silent'});
  const clients = createRedisClients({servers: readRedisServers(env), prefix: 'test:', log});
  onTestFinished(() => clients.close());
  return clients;
}

function folder(): string {
  const dir = mkdtempSync(join(tmpdir(), 'madang-login-'));
  onTestFinished(() => rmSync(dir, {recursive: true, force: true}));
  return dir;
}

async function redisWith(options: Parameters<typeof startPrivateRedis>[0]) {
  const redis = await startPrivateRedis(options);
  onTestFinished(() => redis.close());
  return redis;
}

test('signs in as an ACL user whose password has any characters, in a variable or encoded in the address', async () => {
  const user = `madang on #${hashOf(awkward)} ~test:* &test:* -@all +@read +@write +@connection +@pubsub +@scripting -@dangerous +info`;
  const {port} = await redisWith({users: [user]});
  const ways: Record<string, string>[] = [
    {REDIS_URL: `redis://127.0.0.1:${port}`, REDIS_USERNAME: 'madang', REDIS_PASSWORD: awkward},
    {REDIS_URL: `redis://madang:${encodeURIComponent(awkward)}@127.0.0.1:${port}`},
  ];

  for (const env of ways) {
    const clients = clientsOf(env);
    await clients.connect();
    expect([clients.faults(), clients.isUp()]).toEqual([[], true]);
    await clients.subscriber.ssubscribe('test:channel');
    expect(await clients.publisher.spublish('test:channel', 'x')).toBe(1);
    await expect(clients.commands.set('other:key', 'x')).rejects.toThrow('NOPERM');
    expect(clients.faults()).toEqual(['commands NOPERM']);
    await clients.close();
  }
}, 60_000);

test('takes a rotated password from its file, without a restart', async () => {
  const {port} = await redisWith({password: 'the-first'});
  const file = join(folder(), 'password');
  writeFileSync(file, 'the-first\n');
  const clients = clientsOf({REDIS_URL: `redis://127.0.0.1:${port}`, REDIS_PASSWORD_FILE: file});
  await clients.connect();
  expect(clients.isUp()).toBe(true);

  const first = `redis://default:the-first@127.0.0.1:${port}`;
  // Redis has the new one before the file has, and cuts the connections of the old one.
  await commandRedis(first, 'acl', 'setuser', 'default', 'resetpass', `>${'the-second'}`);
  await commandRedis(first.replace('the-first', 'the-second'), 'client', 'kill', 'skipme', 'yes');
  await waitFor(() => clients.faults().every((fault) => fault.endsWith('WRONGPASS')) && !clients.isUp(), {
    timeoutMs: 5_000,
    what: 'the refusals',
  });
  writeFileSync(file, 'the-second\n');

  await waitFor(() => clients.isUp(), {timeoutMs: 5_000, what: 'the connections'});
}, 60_000);

test('uses TLS with a private authority, and a certificate of its own where Redis asks for one', async () => {
  const files = certificates();
  const tlsPort = await findFreePort();
  await redisWith({
    settings: {'tls-port': tlsPort, ...tlsSettings(files)},
  });
  const url = `rediss://127.0.0.1:${tlsPort}`;
  const trusted = {
    REDIS_TLS_CA: readFileSync(files.ca, 'utf8'),
    REDIS_TLS_CERT_FILE: files.client,
    REDIS_TLS_KEY_FILE: files.clientKey,
  };

  const clients = clientsOf({REDIS_URL: url, ...trusted, REDIS_TLS_SERVERNAME: 'redis.test'});
  await clients.connect();
  expect([clients.faults(), clients.isUp()]).toEqual([[], true]);

  for (const env of [{REDIS_URL: url}, {REDIS_URL: url, ...trusted, REDIS_TLS_SERVERNAME: 'other.test'}]) {
    const refused = clientsOf(env);
    await refused.connect();
    expect(refused.isUp()).toBe(false);
    expect(refused.faults().every((fault) => fault.endsWith(' tls'))).toBe(true);
    await refused.close();
  }
}, 60_000);

test('uses a Cluster over TLS, and takes a rotated password of it from its file', async () => {
  const files = certificates();
  const tlsPorts: number[] = [];
  for (let node = 0; node < 6; node += 1) tlsPorts.push(await findFreePort());
  const redis = await startClusterRedis({
    password: 'the-first',
    settings: (node) => ({
      'tls-port': tlsPorts[node]!,
      'tls-cluster': 'yes',
      'tls-replication': 'yes',
      ...tlsSettings(files),
    }),
  });
  onTestFinished(() => redis.close());
  const file = join(folder(), 'password');
  writeFileSync(file, 'the-first');
  const clients = clientsOf({
    REDIS_CLUSTER_NODES: tlsPorts.map((port) => `127.0.0.1:${port}`).join(','),
    REDIS_TLS: 'true',
    REDIS_TLS_CA_FILE: files.ca,
    REDIS_TLS_CERT_FILE: files.client,
    REDIS_TLS_KEY_FILE: files.clientKey,
    REDIS_TLS_SERVERNAME: 'redis.test',
    REDIS_PASSWORD_FILE: file,
  });
  await clients.connect();
  await waitFor(() => clients.isUp(), {timeoutMs: 10_000, what: 'the Cluster'});
  await clients.subscriber.ssubscribe('test:channel');

  for (const {port} of redis.nodes) {
    const first = redis.url(port);
    await commandRedis(first, 'acl', 'setuser', 'default', 'resetpass', '>the-second');
    await commandRedis(
      first.replace('the-first', 'the-second'),
      'client',
      'kill',
      'type',
      'normal',
      'skipme',
      'yes',
    );
    await commandRedis(first.replace('the-first', 'the-second'), 'client', 'kill', 'type', 'pubsub');
  }
  await waitFor(() => !clients.isUp(), {timeoutMs: 10_000, what: 'the refusals'});
  writeFileSync(file, 'the-second');

  await waitFor(() => clients.isUp(), {timeoutMs: 10_000, what: 'the Cluster again'});
  await clients.subscriber.ping();
  expect(await clients.publisher.spublish('test:channel', 'x')).toBe(1);
  for (let at = 0; at < 10; at += 1) await clients.sessions.set(`test:${at}`, 'x');
}, 120_000);

test('follows Sentinels, which have a password of their own, to the new primary and not back', async () => {
  const redis = await startSentinelRedis({password: 'data-password', ownPassword: 'own-password'});
  onTestFinished(() => redis.close());
  const file = join(folder(), 'password');
  writeFileSync(file, 'own-password');
  const {REDIS_SENTINEL_PASSWORD: _, ...others} = redis.env;
  const clients = clientsOf({...others, REDIS_SENTINEL_PASSWORD_FILE: file});
  await clients.connect();
  expect([clients.faults(), clients.isUp()]).toEqual([[], true]);

  await redis.kill();
  await waitFor(async () => (await redis.named()) === redis.ports[1], {
    timeoutMs: 30_000,
    what: 'the failover',
  });
  await waitFor(() => clients.isUp(), {timeoutMs: 10_000, what: 'the new primary'});
  await clients.sessions.set('test:key', 'new');
  await redis.start();
  await clients.sessions.set('test:key', 'newer');

  expect(await commandRedis(redis.url(redis.ports[1]), 'get', 'test:key')).toBe('newer');

  // A new password of the Sentinels, which a connection needs when it reconnects.
  for (const port of redis.sentinels) {
    const url = `redis://default:own-password@127.0.0.1:${port}`;
    await commandRedis(url, 'acl', 'setuser', 'default', '>new-password', '<own-password');
  }
  await commandRedis(redis.url(redis.ports[1]), 'client', 'kill', 'type', 'normal');
  await waitFor(() => clients.faults().includes('commands WRONGPASS'), {
    timeoutMs: 10_000,
    what: 'the refusal',
  });
  writeFileSync(file, 'new-password');
  await waitFor(() => clients.isUp(), {timeoutMs: 10_000, what: 'the primary again'});

  const wrong = clientsOf({...redis.env, REDIS_SENTINEL_PASSWORD: 'no-password'});
  await wrong.connect();
  expect(wrong.faults().every((fault) => fault.endsWith(' WRONGPASS'))).toBe(true);
  const unnamed = clientsOf({
    ...redis.env,
    REDIS_SENTINEL_PASSWORD: 'new-password',
    REDIS_SENTINEL_NAME: 'nobody',
  });
  await unnamed.connect();
  // With the reason `No such master with that name`.
  expect(unnamed.faults().every((fault) => fault.endsWith(' ERR'))).toBe(true);
}, 120_000);

function tlsSettings(files: ReturnType<typeof certificates>) {
  return {
    'tls-ca-cert-file': files.ca,
    'tls-cert-file': files.server,
    'tls-key-file': files.serverKey,
    'tls-auth-clients': 'yes',
  };
}

function certificates() {
  const dir = folder();
  const at = (name: string) => join(dir, name);
  const openssl = (...args: string[]) => execFileSync('openssl', args, {cwd: dir, stdio: 'ignore'});
  const days = ['-days', '2', '-nodes', '-newkey', 'rsa:2048'];
  openssl('req', '-x509', ...days, '-subj', '/CN=authority', '-keyout', 'ca.key', '-out', 'ca.crt');
  writeFileSync(at('names'), 'subjectAltName=DNS:redis.test');
  for (const name of ['server', 'client']) {
    openssl(
      'req',
      '-nodes',
      '-newkey',
      'rsa:2048',
      '-subj',
      `/CN=${name}`,
      '-keyout',
      `${name}.key`,
      '-out',
      `${name}.csr`,
    );
    const signing = ['-req', '-days', '2', '-CA', 'ca.crt', '-CAkey', 'ca.key', '-CAcreateserial'];
    openssl('x509', ...signing, '-extfile', 'names', '-in', `${name}.csr`, '-out', `${name}.crt`);
  }
  const files = {
    ca: at('ca.crt'),
    server: at('server.crt'),
    serverKey: at('server.key'),
    client: at('client.crt'),
    clientKey: at('client.key'),
  };
  return files;
}
