import {createLogger} from '@madang/runtime/log';
import {createOutbound} from '@madang/runtime/outbound';
import {compileAllowed} from '@madang/runtime/outbound-address';
import {afterEach, beforeAll, beforeEach, expect, test} from 'vitest';
import {newKey, rulesOf, startKeyServer, type KeyServer, type SigningKey} from '../../test/support/issuer.ts';
import {createKeySets, type KeySets} from './key-sets.ts';

const second = 1_000;
const day = 86_400 * second;

let one: SigningKey;
let two: SigningKey;
let server: KeyServer;
let keySets: KeySets;
let clock = 0;
beforeAll(async () => {
  [one, two] = await Promise.all([newKey('one'), newKey('two')]);
});
beforeEach(async () => {
  server = await startKeyServer([one.jwk]);
  clock = 1_000_000;
  const outbound = createOutbound({allowed: compileAllowed(['127.0.0.1'])});
  const log = createLogger({name: 'test', level: 'silent'});
  keySets = createKeySets({outbound, log, now: () => clock});
});
afterEach(() => server.close());

const ask = (kid: string, tenantId = 'shop', issuer = 'https://id.example') =>
  keySets.find(tenantId, rulesOf(server.url, {issuer}), {alg: 'ES256', kid}).then(
    (key) => (key ? 'found' : 'none'),
    ({code}: {code: string}) => code,
  );
const askMany = (count: number) => Promise.all(Array.from({length: count}, (_, no) => ask(`made up ${no}`)));

test('keys are asked for once, also by many at once', async () => {
  expect(new Set(await Promise.all(Array.from({length: 100}, () => ask('one'))))).toEqual(new Set(['found']));
  expect(await ask('one')).toBe('found');
  expect(server.asked()).toBe(1);
});

test('a thousand unknown keys cost one question in 30 s, whether or not keys are known before', async () => {
  for (let round = 0; round < 2; round += 1) expect(new Set(await askMany(500))).toEqual(new Set(['none']));
  expect(server.asked()).toBe(1);

  clock += 31 * second;
  for (let round = 0; round < 2; round += 1) await askMany(500);
  expect(server.asked()).toBe(2);
});

test('a new key is found with the first token that names it', async () => {
  await ask('one');
  server.serve([one.jwk, two.jwk]);

  expect(await ask('two')).toBe('found');
  expect(server.asked()).toBe(2);
});

test('a key that was taken out of the set goes with the next question, and every ten minutes is one', async () => {
  await ask('one');
  server.serve([two.jwk]);

  clock += 601 * second;
  // This answer also triggers a new fetch of the keys.
  expect(await ask('one')).toBe('found');
  expect(await ask('two')).toBe('found');
  expect(await ask('one')).toBe('none');
});

test.each([500, 404, 301, 'no JSON', '{"keys": 7}'])(
  'while the address answers %j known keys are good for a day, and of others nobody says that they are wrong',
  async (failure) => {
    await ask('one');
    server.serve(failure);

    clock += 3_600 * second;
    expect(await ask('one')).toBe('found');
    expect(await ask('two')).toBe('unavailable');
    clock += day - 3_601 * second;
    expect(await ask('one')).toBe('found');
    clock += 2 * second;
    expect(await ask('one')).toBe('unavailable');
    server.serve([one.jwk]);
    clock += 6 * second;
    expect(await ask('one')).toBe('found');
  },
);

test('while no key is known the address is asked once in five seconds', async () => {
  server.serve(503);

  expect(new Set(await askMany(400))).toEqual(new Set(['unavailable']));
  expect(new Set(await askMany(400))).toEqual(new Set(['unavailable']));
  expect(server.asked()).toBe(1);
  clock += 6 * second;
  server.serve([one.jwk]);
  expect(await ask('one')).toBe('found');
});

test('more than 500 do not wait for one address', async () => {
  const answers = await Promise.all(Array.from({length: 600}, () => ask('one')));

  expect(answers.filter((answer) => answer === 'found')).toHaveLength(500);
  expect(answers.filter((answer) => answer === 'overloaded')).toHaveLength(100);
});

test('a key is known for one tenant and one issuer, not for others that name the same address', async () => {
  await ask('one', 'shop');
  server.serve([two.jwk]);

  expect(await ask('one', 'bank')).toBe('none');
  expect(await ask('one', 'shop', 'https://other.example')).toBe('none');
  expect(await ask('one', 'shop')).toBe('found');
});

test('an address that is not public is not asked', async () => {
  const outbound = createOutbound({allowed: compileAllowed([])});
  const strict = createKeySets({outbound, log: createLogger({name: 'test', level: 'silent'})});

  await expect(strict.find('shop', rulesOf(server.url), {alg: 'ES256', kid: 'one'})).rejects.toMatchObject({
    code: 'unavailable',
  });
  expect(server.asked()).toBe(0);
});

test('keys that the policy holds itself are looked up in it', async () => {
  const find = (kid: string) => keySets.find('shop', rulesOf([one.jwk]), {alg: 'ES256', kid});

  expect(await find('one')).toBeDefined();
  expect(await find('two')).toBeUndefined();
});
