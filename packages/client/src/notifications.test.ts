import {expect, test} from 'vitest';
import {CallError} from './call-error.ts';
import {Caller, type Link} from './calls.ts';
import {Notifications} from './notifications.ts';
import type {Notification} from './wire.ts';

const times = {retryMs: 1, retryMaxMs: 1};
const nextTurn = () => new Promise<void>((resolve) => setImmediate(resolve));
const made = (no: number, change: Partial<Notification> = {}): Notification => ({
  id: `0190a000-0000-7000-8000-${String(no).padStart(12, '0')}`,
  type: 'order',
  data: {no},
  createdAt: '2026-01-01T00:00:00.000Z',
  ...change,
});
const numbers = (items: readonly Notification[]) => items.map(({data}) => data['no']);

/** Notifications on a connection whose answers the test sends by hand. */
function harness() {
  const asked: {name: string; input: Record<string, unknown>; answer: (data: unknown) => Promise<void>}[] =
    [];
  const told: unknown[] = [];
  const caller = new Caller(1_000, () => undefined);
  const notifications = new Notifications(caller, times, (name, payload) => {
    if (name === 'notification') told.push((payload as Notification).data['no']);
  });
  const link: Link = (name, input, acknowledge) => {
    const answer = (data: unknown) => {
      if (data instanceof CallError) {
        const {code, message, retryable} = data;
        acknowledge({ok: false, error: {code, message, retryable}});
      } else acknowledge({ok: true, data: data as never});
      return nextTurn();
    };
    asked.push({name, input: input as Record<string, unknown>, answer});
  };
  caller.attach(link);
  const page = (notifications: Notification[], unread: number, next?: string) =>
    asked.at(-1)!.answer({notifications, unread, next});
  const resume = () => notifications.resume(new AbortController().signal);
  const created = (no: number, unread: number) =>
    notifications.arrive('notification:created', {notification: made(no), unread});
  return {asked, told, notifications, page, resume, created};
}

async function loaded(...nos: number[]) {
  const setup = harness();
  const load = setup.notifications.load();
  await setup.page(
    nos.map((no) => made(no)),
    nos.length,
  );
  await load;
  return setup;
}

test('asks for nothing until it is loaded, however often the connection comes back', async () => {
  const {asked, told, notifications, resume, created} = harness();

  await resume();
  created(1, 1);

  expect([asked, told, notifications.items]).toEqual([[], [], []]);
});

test('what could not be loaded is loaded with the next connection, as far as it would have been', async () => {
  const {asked, told, notifications, page, resume} = harness();
  const refused = expect(notifications.load()).rejects.toMatchObject({code: 'unavailable'});
  await asked.at(-1)!.answer(new CallError('unavailable'));
  await refused;
  expect(notifications.isLoaded).toBe(false);

  const resumed = resume();
  await page([made(2), made(1)], 2, 'older');
  await resumed;

  expect([asked.length, numbers(notifications.items), told]).toEqual([2, [2, 1], []]);
  expect([notifications.isLoaded, notifications.hasEarlier]).toEqual([true, true]);
});

test('shows what comes on top, and tells it once', async () => {
  const {told, notifications, created} = await loaded(2, 1);

  created(3, 3);
  created(3, 3);

  expect(numbers(notifications.items)).toEqual([3, 2, 1]);
  expect(notifications.unread).toBe(3);
  expect(told).toEqual([3]);
});

test('keeps what comes while the list is on its way, and its newer count', async () => {
  const {told, notifications, page, created} = harness();
  const load = notifications.load();
  created(2, 2);
  created(3, 3);
  notifications.arrive('notification:read', {ids: [made(1).id], unread: 2});

  await page([made(2), made(1)], 1);
  await load;

  expect(numbers(notifications.items)).toEqual([3, 2, 1]);
  expect(notifications.items.map(({readAt}) => readAt !== undefined)).toEqual([false, false, true]);
  expect([notifications.unread, told]).toEqual([2, []]);
});

test('after an absence finds what it missed, oldest first, but for what was read elsewhere', async () => {
  const {told, notifications, page, resume, created} = await loaded(2, 1);

  const resumed = resume();
  created(6, 5);
  await page([made(6), made(5), made(4, {readAt: 'then'})], 4, 'older');
  await page([made(3), made(2), made(1)], 4, 'oldest');
  await resumed;

  expect(numbers(notifications.items)).toEqual([6, 5, 4, 3, 2, 1]);
  expect(told).toEqual([6, 3, 5]);
  expect([notifications.unread, notifications.hasEarlier]).toEqual([5, true]);
});

test('marks as read on all devices, and follows what others read', async () => {
  const {asked, notifications} = await loaded(2, 1);

  const marked = notifications.markRead({upTo: made(2).id});
  expect(asked.at(-1)).toMatchObject({name: 'notification:read', input: {upTo: made(2).id}});
  await asked.at(-1)!.answer({unread: 0});
  await marked;
  notifications.arrive('notification:read', {ids: [made(2).id, made(1).id], unread: 0});

  expect(notifications.unread).toBe(0);
  expect(notifications.items.every(({readAt}) => readAt !== undefined)).toBe(true);
});

test('forgets the items of a room or of its messages, and asks how many are left', async () => {
  const {asked, told, notifications, page, created} = harness();
  const item = (no: number, roomId: string, seq: number) => made(no, {data: {no, roomId, seq}});
  const load = notifications.load();
  await page([item(4, 'roof', 9), item(3, 'roof', 8), item(2, 'cellar', 8), made(1)], 4, 'older');
  await load;

  notifications.forget('roof', [7]);
  expect(asked).toHaveLength(1);
  notifications.forget('roof', [8, 7]);
  expect(numbers(notifications.items)).toEqual([4, 2, 1]);
  created(5, 9);
  await asked.at(-1)!.answer({notifications: [made(5)], unread: 3});
  await asked.at(-1)!.answer({notifications: [made(5)], unread: 4});
  expect([notifications.unread, asked.length]).toEqual([4, 3]);

  notifications.forget('roof');
  expect(numbers(notifications.items)).toEqual([5, 2, 1]);
  expect([told, notifications.hasEarlier]).toEqual([[5], true]);
});

test('loads older ones after those it has', async () => {
  const {asked, notifications, page} = harness();
  const load = notifications.load();
  await page([made(3), made(2)], 3, 'older');
  await load;

  const earlier = notifications.loadEarlier();
  expect(asked.at(-1)!.input).toMatchObject({after: 'older'});
  await page([made(1)], 3);

  expect(await earlier).toBe(false);
  expect(numbers(notifications.items)).toEqual([3, 2, 1]);
});

test('asks again what was put off, and shows nothing of the user before', async () => {
  const {asked, notifications, page, resume, created} = await loaded(1);
  const resumed = resume();
  await asked.at(-1)!.answer(new CallError('overloaded'));
  await expect.poll(() => asked.length).toBe(3);
  notifications.setUser('another');

  await page([made(1)], 1);
  await resumed;
  created(2, 1);

  expect([notifications.items, notifications.unread]).toEqual([[], 0]);
});
