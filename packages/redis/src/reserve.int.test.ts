import {createLogger} from '@madang/runtime/log';
import {commandRedis, startPrivateRedis, type PrivateRedis} from '@madang/testkit/redis';
import {afterAll, beforeAll, expect, test} from 'vitest';
import {createRedisClients, type RedisClients} from './clients.ts';
import {createReserve} from './reserve.ts';

let redis: PrivateRedis;
let clients: RedisClients;
const lines: {fields: object; message: string}[] = [];
const log = {warn: (fields: object, message: string) => void lines.push({fields, message})};

beforeAll(async () => {
  redis = await startPrivateRedis();
  const silent = createLogger({name: 'test', level: 'silent'});
  clients = createRedisClients({url: redis.url, prefix: 'test:', log: silent});
  await clients.connect();
}, 60_000);
afterAll(async () => {
  await clients?.close();
  await redis?.close();
});

/** From here on Redis stores nothing that needs memory. */
async function fill(): Promise<void> {
  const used = /^used_memory:(\d+)/m.exec(await commandRedis(redis.url, 'info', 'memory'))![1];
  await commandRedis(redis.url, 'config', 'set', 'maxmemory-policy', 'noeviction');
  await commandRedis(redis.url, 'config', 'set', 'maxmemory', `${Number(used) - 8 * 1024}`);
}

test('what takes from the reserve says so once, with what is left, however many sessions are stored so', async () => {
  const reserve = createReserve(clients, log as never);
  await reserve.keep();
  expect(await clients.sessions.llen(clients.keys.reserve(''))).toBe(64);
  await fill();

  for (const name of ['one', 'two', 'three'])
    await reserve.write(`test:${name}`, () => clients.sessions.set(`test:${name}`, 'x'.repeat(24 * 1024)));

  expect(await clients.sessions.llen(clients.keys.reserve(''))).toBeLessThan(63);
  expect(lines).toEqual([
    {
      fields: {left: expect.any(Number), of: 64},
      message: 'Redis is full: sessions of accounts are stored out of the reserve',
    },
  ]);
});

test('says that nothing is left where a session could not be stored', async () => {
  const reserve = createReserve(clients, log as never);
  await clients.sessions.del(clients.keys.reserve(''));
  lines.length = 0;

  const failing = reserve.write('test:four', () =>
    clients.sessions.set('test:four', 'x'.repeat(1024 * 1024)),
  );

  await expect(failing).rejects.toThrow('OOM');
  expect(lines.map(({fields}) => fields)).toEqual([{left: 0, of: 64}]);
});
