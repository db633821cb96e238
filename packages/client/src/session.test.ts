import {expect, test, vi} from 'vitest';
import {applyEvent, applyResult} from './arrivals.ts';
import {CallError} from './call-error.ts';
import {Caller, type Link} from './calls.ts';
import {Follow} from './follow.ts';
import {mayIn} from './permissions.ts';
import {startSession} from './session.ts';
import {me, message, roomId as template, state} from '../test/log.ts';
import type {Calls, Entry, Frame, RoomState} from './wire.ts';

type Page = Calls['session:start']['result'];
type Asked = {
  name: string;
  input: Record<string, unknown>;
  ok: (data: unknown) => Promise<void>;
  fail: (code: 'forbidden' | 'overloaded') => Promise<void>;
};

const times = {retryMs: 1, retryMaxMs: 1};
const nextTurn = () => new Promise<void>((resolve) => setImmediate(resolve));
const id = (index: number) => template.slice(0, -4) + String(index).padStart(4, '0');
const inRoom = (index: number, change: {epoch?: string; head: number; joinedAt?: number}): RoomState => {
  const base = state({joinedAt: 1, ...change});
  return {...base, room: {...base.room, id: id(index)}};
};
const frame = (index: number, after: number, head: number, change: Partial<Frame> = {}): Frame => {
  const entries = Array.from({length: head - after}, (_, at): Entry => {
    const rev = after + at + 1;
    return {rev, type: 'message', message: {...message(rev), roomId: id(index)}};
  });
  return {roomId: id(index), epoch: 'a', after, head, entries, ...change};
};
const page = (change: Partial<Page>): Page => {
  const user = {id: me, kind: 'guest', name: 'Me', color: '#112233'} as const;
  return {user, node: 'node-1', rooms: [], frames: [], ended: [], ...change};
};

/** The part of a client that follows rooms, on a connection whose answers the test sends by hand. */
function harness() {
  const asked: Asked[] = [];
  const events: [string, unknown][] = [];
  const caller = new Caller(1_000, (...result) => applyResult(follow, ...result));
  const follow: Follow = new Follow(caller, times, {
    emit: (name, payload) => void events.push([name, payload]),
    pendingIn: () => [],
  });
  const link: Link = (name, input, acknowledge) => {
    const ok = (data: unknown) => (acknowledge({ok: true, data: data as never}), nextTurn());
    const fail = (code: 'forbidden' | 'overloaded') => {
      const {message: text, retryable} = new CallError(code);
      acknowledge({ok: false, error: {code, message: text, retryable}});
      return nextTurn();
    };
    asked.push({name, input: input as Record<string, unknown>, ok, fail});
  };
  const connect = () => {
    const abort = new AbortController();
    caller.attach(link);
    const started = startSession(caller, follow, times, abort.signal, {arrived() {}, first() {}});
    return {abort, started};
  };
  const seqs = (index: number) => follow.rooms.get(id(index))?.timeline.messages.map(({seq}) => seq);
  const last = () => asked.at(-1)!;
  return {asked, events, caller, follow, connect, seqs, last};
}

async function online(...rooms: RoomState[]) {
  const setup = harness();
  const {abort, started} = setup.connect();
  await setup.last().ok(page({rooms}));
  await started;
  return {...setup, abort};
}

test('starts every room at the head that the server told, and asks for nothing', async () => {
  const {asked, follow, events} = await online(inRoom(1, {head: 5}), inRoom(2, {head: 0}));

  expect(asked.map(({name}) => name)).toEqual(['session:start']);
  expect(asked[0]?.input).not.toHaveProperty('cursors');
  expect(follow.rooms.get(id(1))?.timeline.cursor).toEqual({epoch: 'a', rev: 5});
  expect(events.filter(([name]) => name === 'rooms')).toHaveLength(2);
});

test('loses no live frame that comes while the session is being started', async () => {
  const {connect, follow, seqs, last} = harness();
  const {started} = connect();

  const first = last();
  void first.ok(page({rooms: [inRoom(1, {head: 5})], next: 'more'}));
  // This comes on the wire right behind the answer, before any promise of the client continues.
  follow.live(frame(1, 5, 6));
  await nextTurn();
  follow.live(frame(2, 8, 9));
  await last().ok(page({rooms: [inRoom(2, {head: 9})]}));
  await started;

  expect(seqs(1)).toEqual([6]);
  expect(follow.rooms.get(id(2))?.timeline.needsSync).toBe(false);
});

test('drops a room whose log was replaced by one in which the user is no member', async () => {
  const {follow, events} = await online(inRoom(1, {head: 5}));

  applyEvent(follow, 'room:left', {roomId: id(1), leftAt: 0, reason: 'removed'});

  expect(follow.rooms.size).toBe(0);
  expect(events).toContainEqual(['room:left', {roomId: id(1), leftAt: 0, reason: 'removed'}]);

  follow.enter(inRoom(1, {epoch: 'b', head: 0, joinedAt: 1}), 'joined');
  expect(follow.rooms.get(id(1))?.timeline.cursor).toEqual({epoch: 'b', rev: 0});
});

test('takes an end in a log that replaced the one in which the user had joined', async () => {
  const {follow, last} = await online(inRoom(1, {head: 9, joinedAt: 8}));

  follow.live(frame(1, 3, 3, {epoch: 'b'}));
  await last().ok(frame(1, 3, 3, {epoch: 'b', reset: true}));
  applyEvent(follow, 'room:left', {roomId: id(1), leftAt: 4, reason: 'removed'});

  expect(follow.rooms.size).toBe(0);
});

test('enters a room again whose log was replaced by one from before the membership ended', async () => {
  const {follow} = await online(inRoom(1, {head: 5, joinedAt: 1}));

  applyEvent(follow, 'room:left', {roomId: id(1), leftAt: 6, reason: 'left'});
  applyEvent(follow, 'room:left', {roomId: id(1), leftAt: 6, reason: 'left'});
  applyEvent(follow, 'room:joined', inRoom(1, {epoch: 'b', head: 3, joinedAt: 1}));

  expect(follow.rooms.get(id(1))?.timeline.cursor).toEqual({epoch: 'b', rev: 3});
});

test('shows its cursors after a reconnect, and takes what it missed', async () => {
  const {connect, follow, seqs, last, caller, events, abort} = await online(inRoom(1, {head: 5}));
  abort.abort();
  caller.detach(true);

  const {started} = connect();
  expect(last().input.cursors).toEqual({[id(1)]: {epoch: 'a', rev: 5}});
  await last().ok(page({rooms: [inRoom(1, {head: 9})], frames: [frame(1, 5, 7, {more: true})]}));
  await started;
  expect(last().name).toBe('room:sync');
  expect(last().input).toMatchObject({roomId: id(1), epoch: 'a', after: 7});
  await last().ok(frame(1, 7, 9));

  expect(seqs(1)).toEqual([6, 7, 8, 9]);
  expect(follow.rooms.get(id(1))?.timeline.needsSync).toBe(false);
  expect(events.filter(([name]) => name === 'message')).toHaveLength(4);
});

test('keeps a room that was joined elsewhere after the pages were read and told before they arrived', async () => {
  const {connect, follow, seqs, last, events} = harness();
  const {started} = connect();

  applyEvent(follow, 'room:joined', inRoom(2, {head: 5}));
  follow.live(frame(2, 5, 6));
  await last().ok(page({rooms: [inRoom(1, {head: 3})]}));
  await started;
  follow.live(frame(2, 6, 7));

  expect([...follow.rooms.keys()]).toEqual([id(2), id(1)]);
  expect(seqs(2)).toEqual([6, 7]);
  expect(events.filter(([name]) => name === 'message')).toHaveLength(2);
});

test('drops the rooms of the previous user, and none of the present one', async () => {
  const {connect, follow, last, caller, abort} = await online(inRoom(1, {head: 5}), inRoom(2, {head: 5}));
  abort.abort();
  caller.detach(true);

  const {started} = connect();
  applyEvent(follow, 'room:joined', inRoom(2, {head: 9, joinedAt: 9}));
  applyEvent(follow, 'room:joined', inRoom(3, {head: 1}));
  const user = {id: id(99), kind: 'guest', name: 'Another', color: '#112233'} as const;
  await last().ok(page({user, rooms: []}));
  await started;

  expect([...follow.rooms.keys()]).toEqual([id(2), id(3)]);
});

test('fetches a room that moved and came without a frame', async () => {
  const {connect, seqs, last, caller, abort} = await online(inRoom(1, {head: 5}));
  abort.abort();
  caller.detach(true);

  const {started} = connect();
  await last().ok(page({rooms: [inRoom(1, {head: 6})]}));
  await started;
  await last().ok(frame(1, 5, 6));

  expect(seqs(1)).toEqual([6]);
});

test('shows 450 cursors in pages of 200, and those of rooms not listed even when all are', async () => {
  const states = Array.from({length: 450}, (_, index) => inRoom(index, {head: 1}));
  const {asked, connect, follow, last, caller, abort} = await online(...states);
  abort.abort();
  caller.detach(true);

  const before = asked.length;
  const {started} = connect();
  const countOf = ({input}: Asked) => Object.keys((input.cursors as object | undefined) ?? {}).length;
  expect(countOf(last())).toBe(200);
  await last().ok(page({rooms: states.slice(0, 300), next: 'page 2'}));
  expect(last().input).toMatchObject({after: 'page 2'});
  expect(countOf(last())).toBe(200);
  await last().ok(
    page({rooms: states.slice(300, 430), ended: [{roomId: id(449), leftAt: 3, reason: 'banned'}]}),
  );
  expect(last().input).not.toHaveProperty('after');
  expect(countOf(last())).toBe(19);
  await last().ok(page({rooms: states.slice(0, 1), ended: [{roomId: id(440), leftAt: 3, reason: 'closed'}]}));
  await started;

  expect(asked.length - before).toBe(3);
  expect(follow.rooms.size).toBe(430);
});

test('takes an ended room away and tells why', async () => {
  const {connect, follow, last, caller, events, abort} = await online(inRoom(1, {head: 5}));
  abort.abort();
  caller.detach(true);

  const {started} = connect();
  await last().ok(page({ended: [{roomId: id(1), leftAt: 8, reason: 'removed'}]}));
  await started;

  expect(follow.rooms.size).toBe(0);
  expect(events).toContainEqual(['room:left', {roomId: id(1), leftAt: 8, reason: 'removed'}]);
});

test('asks once at a time when live frames leave a gap, and never loses what came meanwhile', async () => {
  const {asked, follow, seqs, last} = await online(inRoom(1, {head: 5}));

  follow.live(frame(1, 6, 7));
  follow.live(frame(1, 8, 9));
  await nextTurn();
  expect(asked.filter(({name}) => name === 'room:sync')).toHaveLength(1);
  await last().ok(frame(1, 5, 7));
  expect(asked.filter(({name}) => name === 'room:sync')).toHaveLength(2);
  await last().ok(frame(1, 7, 9));

  expect(seqs(1)).toEqual([6, 7, 8, 9]);
});

test('asks again after a retryable refusal, and lets the room go after a definite one', async () => {
  const {asked, follow, last, events} = await online(inRoom(1, {head: 5}));
  follow.live(frame(1, 6, 7));
  await nextTurn();

  await last().fail('overloaded');
  await vi.waitFor(() => expect(asked.filter(({name}) => name === 'room:sync')).toHaveLength(2));
  await last().fail('forbidden');

  expect(follow.rooms.size).toBe(0);
  expect(events.at(-1)?.[0]).toBe('rooms');
});

test('enters a room within the arrival of its state, and ignores frames of others', async () => {
  const {caller, follow, seqs, last} = await online();

  const joined = caller.call('room:join', {roomId: id(1)});
  void last().ok(inRoom(1, {head: 3}));
  follow.live(frame(1, 3, 4));
  follow.live(frame(2, 3, 4));
  await joined;

  expect(seqs(1)).toEqual([4]);
  expect(follow.rooms.has(id(2))).toBe(false);
});

test('ignores the end of an earlier membership, and a state that its own end has overtaken', async () => {
  const {follow} = await online(inRoom(1, {head: 9, joinedAt: 8}));

  applyEvent(follow, 'room:left', {roomId: id(1), leftAt: 7, reason: 'left'});
  expect(follow.rooms.size).toBe(1);
  applyEvent(follow, 'room:left', {roomId: id(1), leftAt: 10, reason: 'left'});
  expect(follow.rooms.size).toBe(0);
  applyEvent(follow, 'room:joined', inRoom(1, {head: 9, joinedAt: 8}));
  expect(follow.rooms.size).toBe(0);
  applyEvent(follow, 'room:joined', inRoom(1, {head: 11, joinedAt: 11}));
  expect(follow.rooms.size).toBe(1);
});

test('counts unread messages of others, less those deleted, from where the server counted', async () => {
  const {follow} = await online({...inRoom(1, {head: 5}), unread: 2});
  const from = (rev: number, senderId: string, type: Entry['type'] = 'message', seq = rev): Entry => {
    const sent = {...message(seq), rev, roomId: id(1), sender: {id: senderId, name: '', color: ''}};
    return {rev, type, message: type === 'delete' ? {...sent, text: '', deletedAt: 'now'} : sent};
  };
  const unread = () => follow.rooms.get(id(1))?.state.unread;

  follow.live(frame(1, 5, 8, {entries: [from(6, id(7)), from(7, me), from(8, id(7))]}));
  expect(unread()).toBe(4);
  follow.live(frame(1, 8, 9, {entries: [from(9, id(7), 'delete', 6)]}));
  expect(unread()).toBe(3);
  applyEvent(follow, 'room:read', {roomId: id(1), readSeq: 8, unread: 0});
  expect(unread()).toBe(0);
  follow.live(frame(1, 9, 10, {entries: [from(10, id(7), 'delete', 8)]}));
  expect(unread()).toBe(0);
});

test('keeps its own count of unread messages where it holds them, whenever the server counted', async () => {
  const {follow} = await online(inRoom(1, {head: 5}));
  const sent = (seq: number, rev = seq) => ({
    ...message(seq),
    rev,
    roomId: id(1),
    sender: {id: id(7), name: '', color: ''},
  });
  const said = (seq: number): Entry => ({rev: seq, type: 'message', message: sent(seq)});
  const unread = () => follow.rooms.get(id(1))?.state.unread;
  follow.live(frame(1, 5, 8, {entries: [said(6), said(7), said(8)]}));

  // Counted when the log had ended at 7.
  applyEvent(follow, 'room:read', {roomId: id(1), readSeq: 6, unread: 1});
  expect(unread()).toBe(2);
  // Counted once the message 7 was deleted, which the log brings later.
  applyEvent(follow, 'room:read', {roomId: id(1), readSeq: 6, unread: 1});
  const deleted = {...sent(7, 9), text: '', deletedAt: 'now'};
  follow.live(frame(1, 8, 9, {entries: [{rev: 9, type: 'delete', message: deleted}]}));
  expect(unread()).toBe(1);
});

test('takes in what the user may do in a room once the policy has changed', async () => {
  const {follow} = await online(inRoom(1, {head: 5}));
  const before = follow.rooms.get(id(1))!.state;

  applyEvent(follow, 'room:may', {roomId: id(1), may: ['history']});
  applyEvent(follow, 'room:may', {roomId: id(2), may: ['history']});

  const {state} = follow.rooms.get(id(1))!;
  expect([mayIn(state, 'history'), mayIn(state, 'send')]).toEqual([true, false]);
  expect(state).toEqual({...before, membership: {...before.membership, may: ['history']}});
  expect(follow.rooms.size).toBe(1);
});

test('counts again what is unread once the room has let messages go', async () => {
  const {follow, asked, last} = await online({...inRoom(1, {head: 5}), unread: 3});
  const letGo = (rev: number, firstSeq: number): Entry => ({
    rev,
    type: 'room',
    room: {...inRoom(1, {head: rev}).room, rev, firstSeq},
  });
  const others = (rev: number): Entry => {
    const sent = {...message(rev), roomId: id(1), sender: {id: id(7), name: '', color: ''}};
    return {rev, type: 'message', message: sent};
  };
  const unread = () => follow.rooms.get(id(1))?.state.unread;

  // The client cannot know how many messages below its history were counted.
  follow.live(frame(1, 5, 7, {entries: [others(6), letGo(7, 4)]}));
  expect(last()).toMatchObject({name: 'read:mark', input: {roomId: id(1), seq: 0}});
  await last().ok({readSeq: 0, unread: 2});
  expect(unread()).toBe(2);

  follow.live(frame(1, 7, 10, {entries: [others(8), letGo(9, 7), others(10)]}));
  expect(unread()).toBe(2);
  follow.live(frame(1, 10, 11, {entries: [letGo(11, 12)]}));
  expect(unread()).toBe(0);
  expect(asked.filter(({name}) => name === 'read:mark')).toHaveLength(1);
});

test('asks for a page again that was refused for the moment', async () => {
  const {asked, connect, follow, last} = harness();
  const {started} = connect();

  await last().fail('overloaded');
  await vi.waitFor(() => expect(asked).toHaveLength(2));
  await last().ok(page({rooms: [inRoom(1, {head: 1})]}));
  await started;

  expect(follow.rooms.size).toBe(1);
});

test("leaves events alone that are not the protocol's, whatever they are called", async () => {
  const {follow} = await online();

  for (const name of ['constructor', '__proto__', 'hasOwnProperty', 'room:unknown'])
    applyEvent(follow, name, {});

  expect(follow.rooms.size).toBe(0);
});

test('follows how many mentions a room has, and how the user wants it, here and elsewhere', async () => {
  const {follow, last} = await online({...inRoom(1, {head: 4}), mentions: 1});
  const prefs = {level: 'none', hidden: false, request: false} as const;
  const room = () => follow.rooms.get(id(1))!.state;

  applyEvent(follow, 'notification:created', {
    notification: {},
    unread: 9,
    mentions: {[id(1)]: 2, [id(2)]: 5},
  });
  applyEvent(follow, 'notification:created', {notification: {}, unread: 10});
  applyEvent(follow, 'room:prefs', {roomId: id(1), prefs});
  expect(room()).toMatchObject({mentions: 2, prefs});

  const deleted: Entry = {
    rev: 5,
    type: 'delete',
    message: {...message(3), roomId: id(1), rev: 5, deletedAt: 'now'},
  };
  applyEvent(follow, 'room:log', frame(1, 4, 5, {entries: [deleted]}));
  expect(last()).toMatchObject({name: 'read:mark'});
  await last().ok({readSeq: 0, unread: 1, mentions: 1});
  expect(room()).toMatchObject({mentions: 1});

  applyEvent(follow, 'notification:read', {ids: [], unread: 0, mentions: {[id(1)]: 0}});
  expect(room()).toMatchObject({mentions: 0});
});
