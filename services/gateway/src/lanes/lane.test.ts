import {expect, onTestFinished, test, vi} from 'vitest';
import {createLane, type LaneRule, type LaneUser} from './lane.ts';

/** Work that ends when the test says so, and the order in which it began. */
function setUp(rule: Partial<LaneRule>, weightOf?: (tenant: string) => number) {
  const lane = createLane({running: 1, waiting: 100, ...rule}, weightOf);
  const begun: string[] = [];
  const ends: (() => void)[] = [];
  const run = (name: string, by: LaneUser) =>
    lane.run(by, () => {
      begun.push(name);
      return new Promise<void>((resolve) => ends.push(resolve));
    });
  /** Ends the work under way, one after the other, until none is left. */
  const finish = async () => {
    for (let end; await settled(), (end = ends.shift());) end();
  };
  return {lane, begun, run, finish};
}

/** Resolves once everything that was ready has continued. */
const settled = () => new Promise((resolve) => setImmediate(resolve));

const [shop, school] = [{tenant: 'shop'}, {tenant: 'school'}];

test('the one call of a tenant waits for one call of a tenant that has many', async () => {
  const {begun, run, finish} = setUp({});
  const all = [1, 2, 3, 4].map((no) => run(`shop ${no}`, {...shop, address: `address ${no}`}));
  all.push(run('school', school));
  await finish();
  await Promise.all(all);

  expect(begun).toEqual(['shop 1', 'shop 2', 'school', 'shop 3', 'shop 4']);
});

test('a tenant that fills its half of the line is refused, and another is not', async () => {
  const {run, finish} = setUp({waiting: 4});
  const all = [1, 2, 3].map((no) => run(`shop ${no}`, shop));

  await expect(run('shop 4', shop)).rejects.toMatchObject({code: 'overloaded', retryAfterMs: 1_000});
  all.push(run('school', school));
  await finish();
  await Promise.all(all);
});

test('a tenant has as many turns in a row as it weighs', async () => {
  const {begun, run, finish} = setUp({}, (tenant) => (tenant === 'shop' ? 2 : 1));
  const all = [1, 2, 3].flatMap((no) => [run(`shop ${no}`, shop), run(`school ${no}`, school)]);
  await finish();
  await Promise.all(all);

  expect(begun).toEqual(['shop 1', 'school 1', 'shop 2', 'shop 3', 'school 2', 'school 3']);
});

test('what takes longer than its time lets the next one go, once', async () => {
  const {begun, run, finish} = setUp({heldMs: 1});
  const first = run('first', shop);
  const second = run('second', school);
  await expect.poll(() => begun).toEqual(['first', 'second']);
  const third = run('third', shop);
  await finish();
  await Promise.all([first, second, third]);

  expect(begun).toEqual(['first', 'second', 'third']);
});

test('what fails lets the next one go', async () => {
  const {lane} = setUp({});
  const failing = lane.run(shop, () => Promise.reject(new Error('no')));
  const next = lane.run(shop, () => Promise.resolve('done'));

  await expect(failing).rejects.toThrow('no');
  await expect(next).resolves.toBe('done');
});

test('a call that has had a turn goes on before calls that have not begun', async () => {
  const {begun, run, finish} = setUp({});
  const first = run('first', shop);
  const others = [run('second', school), run('first again', {...shop, goesOn: true})];
  await finish();
  await Promise.all([first, ...others]);

  expect(begun).toEqual(['first', 'first again', 'second']);
});

test('what nobody waits for any more is not begun', async () => {
  const {begun, run, finish} = setUp({});
  let isGone = false;
  const first = run('first', shop);
  const second = run('second', {...school, isGone: () => isGone});
  isGone = true;
  const refused = expect(second).rejects.toMatchObject({code: 'overloaded'});
  await finish();
  await Promise.all([first, refused]);

  expect(begun).toEqual(['first']);
});

test('each time work is cut off, its place stays closed longer, and less after work that succeeds', async () => {
  vi.useFakeTimers();
  onTestFinished(() => void vi.useRealTimers());
  const lane = createLane({running: 1, waiting: 100, isCutOff: (error) => String(error).includes('cut off')});
  const began: number[] = [];
  const run = (act: () => Promise<unknown>) =>
    lane
      .run(shop, () => {
        began.push(Date.now());
        return act();
      })
      .catch(() => undefined);
  const cutOff = () => Promise.reject(new Error('cut off'));
  const fail = () => Promise.reject(new Error('wrong'));
  const succeed = async () => 'done';

  const all = [cutOff, cutOff, succeed, cutOff, fail, succeed].map(run);
  await vi.runAllTimersAsync();
  await Promise.all(all);

  expect(began.map((at) => at - began[0]!)).toEqual([0, 500, 1_500, 1_500, 3_000, 3_000]);
});
