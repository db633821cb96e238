import fc from 'fast-check';
import {expect, test} from 'vitest';
import {FairRate} from './fair-rate.ts';

const perSecond = 500;

function setUp(weightOf?: (tenant: string) => number) {
  const clock = {ms: 0};
  const rate = new FairRate({perSecond, now: () => clock.ms, ...(weightOf && {weightOf})});
  /** Counts how many of this many requests pass. */
  const ask = (tenant: string, count: number) =>
    Array.from({length: count}, () => rate.take(tenant)).filter(Boolean).length;
  return {clock, ask};
}

/** Lets each tenant ask this often every ten milliseconds. Returns how many requests of each passed. */
function run({clock, ask}: ReturnType<typeof setUp>, ms: number, per10Ms: Record<string, number>) {
  const passed: Record<string, number> = {};
  for (const end = clock.ms + ms; clock.ms < end; clock.ms += 10) {
    for (const [tenant, count] of Object.entries(per10Ms)) {
      passed[tenant] = (passed[tenant] ?? 0) + ask(tenant, count);
    }
  }
  return passed;
}

test('one that asks alone has a bucket of the whole rate', () => {
  const asks = fc.array(fc.record({afterMs: fc.nat({max: 3_000}), count: fc.nat({max: 900})}), {
    maxLength: 30,
  });
  fc.assert(
    fc.property(asks, (given) => {
      const {clock, ask} = setUp();
      let tokens = perSecond;
      for (const {afterMs, count} of given) {
        clock.ms += afterMs;
        tokens = Math.min(perSecond, tokens + (afterMs * perSecond) / 1_000);
        const passed = ask('shop', count);
        // Parts of a token are rounded in a different order.
        expect(Math.abs(passed - Math.min(count, Math.floor(tokens)))).toBeLessThanOrEqual(1);
        tokens -= passed;
      }
    }),
  );
});

test('a tenant that comes while another floods goes on at once, and has its part from then on', () => {
  const given = setUp();
  run(given, 3_000, {flood: 50});

  expect(given.ask('shop', 1)).toBe(1);
  const passed = run(given, 4_000, {flood: 50, shop: 2});
  expect(passed['shop']).toBe(800);
  expect(passed['flood']).toBeLessThanOrEqual(4 * perSecond - 800 + perSecond);
});

test('two that flood have half each, whichever began', () => {
  const given = setUp();
  run(given, 2_000, {flood: 50});
  run(given, 2_000, {flood: 50, shop: 50});
  const {flood, shop} = run(given, 4_000, {flood: 50, shop: 50});

  expect(flood! + shop!).toBeGreaterThanOrEqual(4 * perSecond - 2);
  expect(Math.abs(flood! - shop!)).toBeLessThanOrEqual(2);
});

test('a part goes by weight', () => {
  const given = setUp((tenant) => (tenant === 'shop' ? 4 : 1));
  run(given, 2_000, {flood: 50, shop: 50});
  const {flood, shop} = run(given, 4_000, {flood: 50, shop: 50});

  expect(shop! / flood!).toBeCloseTo(4, 1);
});

test('what one leaves the others take', () => {
  const given = setUp();
  run(given, 2_000, {flood: 50, shop: 1});
  const {flood} = run(given, 4_000, {flood: 50, shop: 1});

  expect(flood).toBeGreaterThanOrEqual(4 * (perSecond - 100) - 2);
});

test('who has not asked for five seconds leaves its part to the others', () => {
  const given = setUp();
  run(given, 1_000, {flood: 50, shop: 50});
  run(given, 6_000, {flood: 50});
  const {flood} = run(given, 1_000, {flood: 50});

  expect(flood).toBeGreaterThanOrEqual(perSecond - 1);
});

test('together they never pass more than the rate, and the part of each that came', () => {
  const steps = fc.array(
    fc.record({
      afterMs: fc.nat({max: 500}),
      tenant: fc.constantFrom('a', 'b', 'c'),
      count: fc.nat({max: 700}),
    }),
    {maxLength: 60},
  );
  fc.assert(
    fc.property(steps, (given) => {
      const {clock, ask} = setUp();
      const came = new Set<string>();
      let passed = 0;
      for (const {afterMs, tenant, count} of given) {
        clock.ms += afterMs;
        came.add(tenant);
        passed += ask(tenant, count);
        // The first tenant brings a whole bucket, the second half of one, the third a third.
        const joined = [...came].reduce((sum, _, at) => sum + perSecond / (at + 1), 0);
        if (clock.ms < 5_000) expect(passed).toBeLessThanOrEqual(joined + (clock.ms * perSecond) / 1_000 + 1);
      }
    }),
  );
});

test('more tenants than tokens a second all go on in the end', () => {
  const {clock, ask} = setUp();
  const tenants = Array.from({length: 2 * perSecond}, (_, no) => `t${no}`);
  const waiting = new Map(tenants.map((tenant) => [tenant, 3]));
  for (const end = clock.ms + 20_000; clock.ms < end && waiting.size > 0; clock.ms += 100) {
    for (const [tenant, left] of waiting) {
      if (ask(tenant, 1) === 0) continue;
      if (left === 1) waiting.delete(tenant);
      else waiting.set(tenant, left - 1);
    }
  }

  expect(waiting.size).toBe(0);
});
