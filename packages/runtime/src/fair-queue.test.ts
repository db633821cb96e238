import fc from 'fast-check';
import {expect, test} from 'vitest';
import {FairQueue, SharedPlaces} from './fair-queue.ts';

const tenants = ['a', 'b', 'c', 'd'] as const;
const tenant = fc.constantFrom(...tenants);
const weights = fc.record({
  a: fc.integer({min: 1, max: 5}),
  b: fc.integer({min: 1, max: 5}),
  c: fc.integer({min: 1, max: 5}),
  d: fc.integer({min: 1, max: 5}),
});

type Item = {tenant: string; address: string; no: number};

/** Adds and takes items in any order. */
const steps = fc.array(
  fc.oneof(
    {weight: 3, arbitrary: fc.record({tenant, address: fc.constantFrom('x', 'y', 'z')})},
    {weight: 2, arbitrary: fc.constant('take' as const)},
  ),
  {maxLength: 300},
);

function drain<T>(queue: FairQueue<T>): T[] {
  const items: T[] = [];
  for (let item = queue.next(); item !== undefined; item = queue.next()) items.push(item);
  return items;
}

test('an item has its turn before any other tenant exceeds its share', () => {
  fc.assert(
    fc.property(steps, weights, (given, weightOf) => {
      const queue = new FairQueue<Item>({weightOf: (name) => weightOf[name as 'a']});
      /** For each waiting item: how many of its own tenant's items were ahead, and what was served since. */
      const waiting = new Map<Item, {ahead: number; served: Record<string, number>}>();
      let no = 0;
      const ofTenant = (name: string) => [...waiting.keys()].filter((item) => item.tenant === name).length;

      const take = () => {
        const taken = queue.next();
        if (!taken) return expect(waiting.size).toBe(0);
        for (const [item, {ahead, served}] of waiting) {
          if (item === taken || item.tenant === taken.tenant) continue;
          served[taken.tenant] = (served[taken.tenant] ?? 0) + 1;
          // Each round serves a tenant as many items as its weight. Other tenants are served in between, and one may be
          // mid-round.
          const rounds = 1 + Math.ceil((ahead + 1) / weightOf[item.tenant as 'a']);
          expect(served[taken.tenant]).toBeLessThanOrEqual(rounds * weightOf[taken.tenant as 'a']);
        }
        waiting.delete(taken);
      };
      for (const step of given) {
        if (step === 'take') take();
        else {
          // All items have one address. Among several addresses, a later item may be served first.
          const item = {...step, address: 'x', no: no++};
          waiting.set(item, {ahead: ofTenant(step.tenant), served: {}});
          expect(queue.add(item, item)).toBe(true);
        }
      }
      while (waiting.size > 0) take();
    }),
  );
});

test('never has nothing to give while something waits, and gives everything once', () => {
  fc.assert(
    fc.property(steps, (given) => {
      const queue = new FairQueue<number>();
      const added = new Set<number>();
      const taken: number[] = [];
      for (const [no, step] of given.entries()) {
        if (step === 'take') {
          const item = queue.next();
          expect(item === undefined).toBe(taken.length === added.size);
          if (item !== undefined) taken.push(item);
        } else {
          queue.add(step, no);
          added.add(no);
        }
        expect(queue.size).toBe(added.size - taken.length);
      }
      taken.push(...drain(queue));

      expect(taken).toHaveLength(added.size);
      expect(new Set(taken)).toEqual(added);
    }),
  );
});

test('an address has what it asked for in that order', () => {
  fc.assert(
    fc.property(steps, (given) => {
      const queue = new FairQueue<Item>();
      for (const [no, step] of given.entries()) if (step !== 'take') queue.add(step, {...step, no});
      const served = drain(queue);
      for (const name of tenants) {
        for (const address of ['x', 'y', 'z']) {
          const numbers = served
            .filter((item) => item.tenant === name && item.address === address)
            .map(({no}) => no);
          expect(numbers).toEqual(numbers.toSorted((a, b) => a - b));
        }
      }
    }),
  );
});

test('is bounded, and keeps a place for a tenant that holds none', () => {
  fc.assert(
    fc.property(steps, fc.integer({min: 16, max: 64}), (given, places) => {
      const queue = new FairQueue<string>({places});
      const held = new Map<string, number>();
      for (const step of given) {
        if (step === 'take') {
          const taken = queue.next();
          if (taken !== undefined) held.set(taken, held.get(taken)! - 1);
          continue;
        }
        const ofTenant = held.get(step.tenant) ?? 0;
        const isIn = queue.add(step, step.tenant);
        // Three tenants leave one of 16 places to the fourth.
        if (ofTenant === 0) expect(isIn).toBe(true);
        if (isIn) held.set(step.tenant, ofTenant + 1);
        expect(queue.size).toBeLessThanOrEqual(places);
      }
    }),
  );
});

test('a tenant that waits alone holds half of the places', () => {
  const queue = new FairQueue<number>({places: 4});
  const isIn = [1, 2, 3].map((no) => queue.add({tenant: 'a'}, no));

  expect(isIn).toEqual([true, true, false]);
  expect(queue.add({tenant: 'b'}, 4)).toBe(true);
  expect(drain(queue)).toEqual([1, 4, 2]);
});

test('tenants have as many turns in a row as they weigh', () => {
  const queue = new FairQueue<string>({weightOf: (name) => (name === 'a' ? 2 : 1)});
  for (const no of [1, 2, 3, 4]) for (const name of ['a', 'b']) queue.add({tenant: name}, `${name}${no}`);

  expect(drain(queue)).toEqual(['a1', 'a2', 'b1', 'a3', 'a4', 'b2', 'b3', 'b4']);
});

test('addresses of a tenant take turns, and bring it no further ones', () => {
  const queue = new FairQueue<string>();
  for (const no of [1, 2]) queue.add({tenant: 'a', address: 'x'}, `x${no}`);
  for (const no of [1, 2]) queue.add({tenant: 'a', address: 'y'}, `y${no}`);
  for (const no of [1, 2, 3]) queue.add({tenant: 'b'}, `b${no}`);

  expect(drain(queue)).toEqual(['x1', 'b1', 'y1', 'b2', 'x2', 'b3', 'y2']);
});

test('shares out by weight, and gives all to one that waits alone', () => {
  const queue = new FairQueue<string>({weightOf: (name) => (name === 'a' ? 3 : 1)});
  const shares: number[] = [];
  const draw = (share: number, next: () => string | undefined) => {
    shares.push(share);
    next();
    return true;
  };
  for (const name of ['a', 'a', 'b', 'b', 'b']) queue.add({tenant: name}, name);
  queue.shareOut(draw);
  queue.shareOut(draw);
  queue.shareOut(draw);

  expect(shares).toEqual([0.75, 0.25, 0.75, 0.25, 1]);
  expect(queue.size).toBe(0);
});

test('who had no share because nothing was left comes first the next time', () => {
  const queue = new FairQueue<string>();
  for (const name of ['a', 'b', 'c']) queue.add({tenant: name}, name);
  const drawn: (string | undefined)[] = [];
  const one = (_share: number, next: () => string | undefined) => {
    drawn.push(next());
    return false;
  };
  for (const _ of [1, 2, 3]) queue.shareOut(one);

  expect(drawn).toEqual(['a', 'b', 'c']);
});

test('places that were left are free for others', () => {
  const places = new SharedPlaces(2);

  expect([places.take('a'), places.take('a'), places.take('b')]).toEqual([true, false, true]);
  places.leave('b');
  places.leave('b');
  expect([places.taken, places.take('a'), places.take('c')]).toEqual([1, false, true]);
});
