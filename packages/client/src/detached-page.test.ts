import {expect, test} from 'vitest';
import {DetachedPage, type DetachedSources} from './detached-page.ts';
import {DetachedPages} from './detached-pages.ts';
import {Announcements} from './store.ts';
import {me, message, roomId} from '../test/log.ts';
import type {Annotations, Calls, Entry, Frame, Message} from './wire.ts';

type Input = Calls['message:list']['input'];
type Page = Calls['message:list']['result'];

const user = {id: me, kind: 'guest', name: 'Me', color: '#112233'} as const;
const other = '0190a000-0000-7000-8000-0000000000bb';
const frame = (entries: Entry[], change: Partial<Frame> = {}): Frame => ({
  roomId,
  epoch: 'a',
  after: 0,
  head: 1_000,
  entries,
  ...change,
});
const edited = (seq: number, rev: number, text: string): Entry => ({
  rev,
  type: 'edit',
  message: {...message(seq), rev, text},
});
const reacted = (seq: number, rev: number, by: string[], count = by.length): Entry => ({
  rev,
  type: 'annotation',
  seq,
  annotations: {reactions: [{emoji: '👍', count, by}]},
});

/** A room of 200 messages, whose pages the test may hold back. */
function setup() {
  const room = new Map(Array.from({length: 200}, (_, at) => [at + 1, message(at + 1)]));
  const asked: Input[] = [];
  let isHeld = false;
  const held: (() => void)[] = [];
  const answer = ({around, before, after, limit = 50}: Input): Page => {
    const all = [...room.values()].sort((a, b) => b.seq - a.seq);
    const low = around === undefined ? (after ?? -1) + 1 : around - limit / 2;
    const high = before ?? (around === undefined ? Infinity : around + limit / 2);
    const within = all.filter(({seq}) => seq >= low && seq < high);
    const messages = after === undefined ? within.slice(0, limit) : within.slice(-limit);
    const isPast = (seq: number) => all.some((each) => each.seq > seq);
    return {
      messages,
      more: all.some(({seq}) => seq < (messages.at(-1)?.seq ?? 0)),
      ...(before === undefined && {moreAfter: isPast(messages[0]?.seq ?? Infinity)}),
    };
  };
  const client: DetachedSources = {
    user,
    call: async (_name, input) => {
      asked.push(input);
      const page = answer(input);
      if (isHeld) await new Promise<void>((resolve) => held.push(resolve));
      return page;
    },
  };
  const hold = () => void (isHeld = true);
  const letGo = () => {
    isHeld = false;
    for (const resolve of held.splice(0)) resolve();
  };
  const open = async (seq: number) => {
    const page = new DetachedPage(client, new Announcements(), {roomId, seq}, () => undefined);
    await page.load();
    return page;
  };
  return {room, asked, client, hold, letGo, open};
}
const seqs = (page: DetachedPage) => page.store.snapshot().messages.map(({seq}) => seq);
const held = (page: DetachedPage, seq: number): Message | undefined =>
  page.store.snapshot().messages.find((each) => each.seq === seq);
const reactionsOn = (page: DetachedPage, seq: number): Annotations['reactions'] =>
  held(page, seq)?.annotations?.reactions;

test('opens around a message, and pages both ways without a gap until each end', async () => {
  const {open} = setup();
  const page = await open(100);

  expect(seqs(page)).toEqual(Array.from({length: 50}, (_, at) => 75 + at));
  expect(page.store.snapshot()).toMatchObject({hasEarlier: true, hasLater: true});
  await page.loadEarlier();
  await page.loadLater();
  await page.loadEarlier();
  await page.loadLater();

  expect(seqs(page)).toEqual(Array.from({length: 200}, (_, at) => 1 + at));
  expect(page.store.snapshot()).toMatchObject({hasEarlier: false, hasLater: false});
});

test('does not show new messages among old ones, and knows that there are some', async () => {
  const {open, room} = setup();
  const page = await open(190);
  expect(page.store.snapshot().hasLater).toBe(false);

  room.set(201, message(201));
  page.take(frame([{rev: 201, type: 'message', message: message(201)}]));

  expect(seqs(page)).not.toContain(201);
  expect(page.store.snapshot().hasLater).toBe(true);
  await page.loadLater();
  expect(seqs(page).at(-1)).toBe(201);
});

test('shows edits, deletions and reactions as they come, and nothing older than it has', async () => {
  const {open} = setup();
  const page = await open(100);
  const before = held(page, 99);

  page.take(frame([edited(100, 301, 'new words'), reacted(101, 302, [other])]));
  page.take(
    frame([{rev: 303, type: 'delete', message: {...message(102), rev: 303, text: '', deletedAt: 'now'}}]),
  );
  page.take(frame([edited(100, 300, 'older words'), edited(10, 304, 'elsewhere')]));

  expect(held(page, 100)?.text).toBe('new words');
  expect(reactionsOn(page, 101)).toEqual([{emoji: '👍', count: 1, by: [other]}]);
  expect(held(page, 102)?.deletedAt).toBe('now');
  expect(held(page, 10)).toBeUndefined();
  expect(held(page, 99)).toBe(before);
});

test('an answer that is older than a change does not undo it', async () => {
  const {open, hold, letGo} = setup();
  const page = await open(100);
  hold();
  const loading = page.loadLater();
  page.take(frame([edited(130, 301, 'new words')]));

  letGo();
  await loading;

  expect(held(page, 130)?.text).toBe('new words');
});

test('keeps what is its reader’s own on a message with many reactions', async () => {
  const {open, room} = setup();
  const five = Array.from({length: 5}, (_, at) => `0190a000-0000-7000-8000-0000000000c${at}`);
  const reactions = [{emoji: '👍', count: 6, by: five, mine: true as const}];
  room.set(100, {...message(100), annotations: {reactions}});
  const page = await open(100);

  page.take(frame([reacted(100, 301, five, 7)]));

  expect(reactionsOn(page, 100)).toEqual([{emoji: '👍', count: 7, by: five, mine: true}]);
});

test('shows a reaction at once, and as before if it is refused', async () => {
  const {open} = setup();
  const page = await open(100);

  const refused = page.react({seq: 100, emoji: '🎉', on: true});
  expect(reactionsOn(page, 100)).toEqual([{emoji: '🎉', count: 1, by: [me], mine: true}]);
  refused();
  expect(reactionsOn(page, 100)).toBeUndefined();

  const taken = page.react({seq: 100, emoji: '🎉', on: true});
  const annotations = {reactions: [{emoji: '🎉', count: 2, by: [me, other], mine: true as const}]};
  taken({rev: 400, annotations});
  expect(held(page, 100)).toMatchObject({rev: 400, annotations});
});

test('drops what the room has dropped', async () => {
  const {open} = setup();
  const page = await open(30);
  const room = {firstSeq: 20} as Entry['room'];

  page.take(frame([{rev: 301, type: 'room', room}]));

  expect(seqs(page)[0]).toBe(20);
  expect(page.store.snapshot().hasEarlier).toBe(false);
});

test('is read again when the log has been replaced', async () => {
  const {open, room} = setup();
  const page = await open(100);
  page.follow('a');
  room.set(100, {...message(100), text: 'restored'});

  page.follow('b');
  await expect.poll(() => held(page, 100)?.text).toBe('restored');
  room.set(100, {...message(100), text: 'restored again'});
  page.take(frame([], {reset: true, epoch: 'c'}));

  await expect.poll(() => held(page, 100)?.text).toBe('restored again');
});

test('a closed page changes no more, and an answer on its way is dropped', async () => {
  const {client, hold, letGo} = setup();
  const pages = new DetachedPages(client);
  const page = await pages.open(roomId, 100);
  hold();
  const loading = page.loadLater();

  page.close();
  letGo();
  await loading;
  pages.take(frame([edited(100, 301, 'new words')]));

  expect(seqs(page)).toHaveLength(50);
  expect(held(page, 100)?.text).toBe('message 100');
  expect(pages.in(roomId)).toEqual([]);
});

test('a page that cannot be read is not open', async () => {
  const pages = new DetachedPages({user, call: () => Promise.reject(new Error('away'))});

  await expect(pages.open(roomId, 100)).rejects.toThrow('away');
  expect(pages.in(roomId)).toEqual([]);
});
