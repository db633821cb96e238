// Promise 9: no node matters, even while nodes start.
import {execFile} from 'node:child_process';
import {fileURLToPath} from 'node:url';
import {promisify} from 'node:util';
import {expect, test} from 'vitest';
import {migrate} from '@madang/database/migrating/migrate';
import {createLogger} from '@madang/runtime/log';
import {createEmptyDatabase} from '@madang/testkit/database';
import {RawClient, signInGuest} from '@madang/testkit/raw-client';
import {testRedis} from '@madang/testkit/redis';
import {schema} from '../../src/config.ts';
import {createGateway} from '../../src/gateway.ts';

test('ten gateways that start at once on an empty database all come up, and serve together', async () => {
  const database = await createEmptyDatabase();
  const redis = testRedis();
  const log = createLogger({name: 'gateway', level: 'warn'});
  const start = async () => {
    const config = schema.parse({
      DATABASE_URL: database.url,
      REDIS_URL: redis.url,
      REDIS_PREFIX: redis.prefix,
      SESSION_SECRET: 'a secret of the tests that is long enough',
      PORT: '0',
      METRICS_PORT: '0',
    });
    await migrate(config.DATABASE_URL, log);
    return createGateway(config, 'test', log);
  };

  const gateways = await Promise.all(Array.from({length: 10}, start));

  const owner = await RawClient.connect(gateways[0]!.url, await signInGuest(gateways[0]!.url));
  const {room} = await owner.call('room:create', {title: 'Everyone'});
  const members = await Promise.all(
    gateways.map(async ({url}) => {
      const client = await RawClient.connect(url, await signInGuest(url));
      await client.call('room:join', {roomId: room.id});
      return client;
    }),
  );
  const revs = await Promise.all(members.map((client) => client.send(room.id, 'here').then(({rev}) => rev)));
  expect(revs.toSorted((a, b) => a - b)).toEqual(gateways.map((_, index) => index + 1));

  for (const client of [owner, ...members]) client.close();
  await Promise.all(gateways.map((gateway) => gateway.stop()));
  await database.drop();
});

test('a gateway that may not migrate says in one line that the schema is too old, and ends with 1', async () => {
  const database = await createEmptyDatabase();
  const redis = testRedis();
  const main = fileURLToPath(new URL('../../src/main.ts', import.meta.url));

  const ended = await promisify(execFile)(process.execPath, [main], {
    env: {
      DATABASE_URL: database.url,
      REDIS_URL: redis.url,
      REDIS_PREFIX: redis.prefix,
      SESSION_SECRET: 'a secret of the tests that is long enough',
      PORT: '0',
      METRICS_PORT: '0',
      MIGRATE: 'false',
    },
  }).catch((error: {code: number; stdout: string; stderr: string}) => error);

  expect(ended).toMatchObject({code: 1, stderr: ''});
  const lines = ended.stdout.trim().split('\n');
  expect(JSON.parse(lines.at(-1)!)).toMatchObject({
    msg: 'not started',
    err: {message: expect.stringMatching(/^the database lacks migration \S+: run the migrations first$/)},
  });
  await database.drop();
});
