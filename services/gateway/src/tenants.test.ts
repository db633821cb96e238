import type {Database} from '@madang/database/connections/pool';
import {presetPolicy} from '@madang/protocol/policy-presets';
import {expect, onTestFinished, test, vi} from 'vitest';
import {createTenants} from './tenants.ts';

/** A Postgres whose answers the test gives. */
function setUp() {
  const questions: {answer: (name: string) => void; fail: () => void}[] = [];
  const db = {
    query: (_statement: unknown, [id]: string[]) =>
      new Promise((resolve, reject) =>
        questions.push({
          answer: (name) => resolve([{id, name, policy: presetPolicy('community')}]),
          fail: () => reject(new Error('away')),
        }),
      ),
  };
  return {questions, tenants: createTenants(db as unknown as Database)};
}

test('who asks while the answer is on its way waits for it, and later ones get it without a question', async () => {
  const {questions, tenants} = setUp();

  const asked = [tenants.get('shop'), tenants.get('shop'), tenants.get('bank')];
  questions[0]!.answer('Shop');
  questions[1]!.answer('Bank');

  expect((await Promise.all(asked)).map(({name}) => name)).toEqual(['Shop', 'Shop', 'Bank']);
  expect((await tenants.get('shop')).name).toBe('Shop');
  expect(questions).toHaveLength(2);
});

test('a question that failed is asked again', async () => {
  const {questions, tenants} = setUp();
  const failed = [tenants.get('shop'), tenants.get('shop')];
  questions[0]!.fail();
  for (const one of failed) await expect(one).rejects.toThrow('away');

  const again = tenants.get('shop');
  questions[1]!.answer('Shop');

  expect((await again).name).toBe('Shop');
});

test('what was forgotten while the answer was on its way is asked again', async () => {
  const {questions, tenants} = setUp();
  const before = tenants.get('shop');
  tenants.forget('shop');
  const after = tenants.get('shop');
  questions[1]!.answer('After');
  questions[0]!.answer('Before');

  expect([(await before).name, (await after).name]).toEqual(['Before', 'After']);
  expect((await tenants.get('shop')).name).toBe('After');
  tenants.forget('bank');
  expect((await tenants.get('shop')).name).toBe('After');
  expect(questions).toHaveLength(2);
});

test('the tenant as last known is there while it is asked for again, and after that failed', async () => {
  vi.useFakeTimers();
  onTestFinished(() => void vi.useRealTimers());
  const {questions, tenants} = setUp();
  expect(tenants.last('shop')).toBeUndefined();
  const asked = tenants.get('shop');
  questions[0]!.answer('Shop');
  await asked;

  vi.advanceTimersByTime(2_001);
  expect([tenants.last('shop')?.name, tenants.last('shop')?.name]).toEqual(['Shop', 'Shop']);
  expect(questions).toHaveLength(2);
  questions[1]!.fail();
  await vi.advanceTimersByTimeAsync(1);
  expect(tenants.last('shop')?.name).toBe('Shop');
  questions[2]!.answer('Renamed');
  await vi.advanceTimersByTimeAsync(1);
  expect(tenants.last('shop')?.name).toBe('Renamed');
});
