/** With real argon2: only the order of steps matters, never how long they take. */
import {hashPassword} from '@madang/database/access/password-hash';
import {beforeAll, expect, test, vi} from 'vitest';
import {createLanes} from '../lanes/lanes.ts';
import {createPasswords} from './passwords.ts';

vi.setConfig({testTimeout: 60_000});

const tenant = 'default';

let stored = '';
beforeAll(async () => {
  stored = await hashPassword('right and long');
});

/** Starts `count` calls at once and counts how they end. */
function flood(count: number, call: (index: number) => Promise<unknown>) {
  const ended = {done: 0, refused: 0, codes: new Set<string>()};
  const all = Array.from({length: count}, (_, index) =>
    call(index).then(
      () => (ended.done += 1),
      (error: {code: string}) => {
        ended.refused += 1;
        ended.codes.add(error.code);
      },
    ),
  );
  return {ended, settled: Promise.all(all)};
}

const signIn = {lane: 'signIn', tenant, address: '192.0.2.9'} as const;

test('one guest who makes 4,500 rooms with passwords holds no sign-in up', async () => {
  const passwords = createPasswords(createLanes().passwords);
  const {ended, settled} = flood(4_500, () =>
    passwords.hash('open sesame', {lane: 'room', tenant, address: '192.0.2.1', userId: 'guest'}),
  );

  const isRight = await passwords.verify('right and long', stored, signIn);
  const before = ended.done;
  await settled;

  expect(isRight).toBe(true);
  expect(before).toBeLessThan(20);
  expect([...ended.codes]).toEqual(['rate_limited']);
});

test('room passwords from two hundred addresses hold no sign-in up', async () => {
  const passwords = createPasswords(createLanes().passwords);
  const {ended, settled} = flood(200, (index) =>
    passwords.hash('open sesame', {
      lane: 'room',
      tenant,
      address: `address ${index}`,
      userId: `guest ${index}`,
    }),
  );

  await passwords.verify('right and long', stored, signIn);
  const before = ended.done;
  await settled;

  expect(before).toBeLessThan(20);
  expect([...ended.codes]).toEqual(['overloaded']);
});

test('registrations from everywhere hold no sign-in up', async () => {
  const passwords = createPasswords(createLanes().passwords);
  const {ended, settled} = flood(200, (index) =>
    passwords.hash('a new password', {lane: 'account', tenant, address: `address ${index}`}),
  );

  await passwords.verify('right and long', stored, signIn);
  const before = ended.done;
  await settled;

  expect(before).toBeLessThan(20);
});

test('one address that signs in all the time keeps no other address waiting', async () => {
  const passwords = createPasswords(createLanes().passwords);
  const {ended, settled} = flood(500, () =>
    passwords.verify('wrong', stored, {lane: 'signIn', tenant, address: '192.0.2.1'}),
  );

  await passwords.verify('right and long', stored, signIn);
  const before = ended.done;
  await settled;

  expect(before).toBeLessThan(8);
  expect([...ended.codes]).toEqual(['rate_limited']);
});

test('a refused hash leaves its place to the next one of that user', async () => {
  const passwords = createPasswords(createLanes().passwords);
  const by = {lane: 'room', tenant, address: '192.0.2.1', userId: 'guest'} as const;
  const first = passwords.hash('open sesame', by);

  await expect(passwords.hash('open sesame', by)).rejects.toMatchObject({
    code: 'rate_limited',
    details: {limit: 'under-way', per: 'user'},
  });
  await first;

  await expect(passwords.hash('open sesame', by)).resolves.toContain('$argon2id$');
});

test('a hash for a service is bounded by its lane alone', async () => {
  const passwords = createPasswords(createLanes().passwords);
  const {ended, settled} = flood(20, () => passwords.hash('open sesame', {lane: 'room', tenant}));
  await settled;

  expect(ended).toMatchObject({done: 20, refused: 0});
});
