import {expect, onTestFinished, test, vi} from 'vitest';
import {applyEvent, applyResult} from './arrivals.ts';
import {Caller, type Link} from './calls.ts';
import {Emitter} from './emitter.ts';
import {Follow, type FollowedRoom} from './follow.ts';
import {Notifications} from './notifications.ts';
import type {OutboxEntry} from './outbox.ts';
import {Stores} from './stores.ts';
import type {StoreSources} from './store-sources.ts';
import {FakeLog, me, message, roomId, state} from '../test/log.ts';
import type {Member, Notification, RoomState, ServerEvents, User} from './wire.ts';

const times = {retryMs: 1, retryMaxMs: 1};
const user = {id: me, kind: 'guest', name: 'Me', color: '#112233'} as const;
const other = {...user, id: roomId, name: 'Other'};
type Events = {[name: string]: unknown};

/** The parts of a client that the stores show, on a connection whose answers the test sends by hand. */
function setup() {
  const emitter = new Emitter<Events>();
  const asked: {name: string; answer: (data: unknown) => void}[] = [];
  const listeners: Parameters<ConstructorParameters<typeof Stores>[1]>[0][] = [];
  const caller = new Caller(60_000, (...result) => {
    applyResult(follow, ...result);
    for (const listener of listeners) listener(...result);
  });
  const link: Link = (name, _input, acknowledge) =>
    void asked.push({name, answer: (data) => acknowledge({ok: true, data: data as never})});
  caller.attach(link);
  const pending: OutboxEntry[] = [];
  const emit = (name: string, payload: unknown) => emitter.emit(name, payload);
  const follow: Follow = new Follow(caller, times, {emit, pendingIn: () => pending});
  const notifications = new Notifications(caller, times, emit);
  const client = {
    status: 'offline' as StoreSources['status'],
    user: undefined as User | undefined,
    rooms: follow.rooms,
    notifications,
    on: (name: string, listener: (payload: never) => void) => emitter.on(name, listener as never),
    call: caller.call.bind(caller),
  };
  const stores = new Stores(client as never, (listener) => void listeners.push(listener));
  const tell = (name: keyof ServerEvents, payload: unknown) => {
    applyEvent(follow, name, payload);
    notifications.arrive(name, payload);
    if (name !== 'room:log' && name !== 'room:left') emit(name, payload);
  };
  const become = (change: {status?: StoreSources['status']; user?: User}) => {
    Object.assign(client, change);
    if ('user' in change) {
      follow.setUser(change.user?.id);
      emit('session', change.user);
    }
    if (change.status !== undefined) emit('status', change.status);
  };
  become({user});
  return {stores, follow, tell, become, asked, pending, caller};
}

/** Counts how often a store's listener is called. */
function listen(store: {subscribe: (listener: () => void) => () => void}) {
  const heard = {times: 0};
  onTestFinished(store.subscribe(() => void (heard.times += 1)));
  return heard;
}
const heardOnce = (heard: {times: number}) =>
  vi.waitFor(() => expect(heard.times).toBe(1), {timeout: 20_000});
/** Resolves after a frame has passed: a later store of the same clock has notified its listener. */
async function frames({become, stores}: ReturnType<typeof setup>): Promise<void> {
  const before = stores.status.snapshot();
  const passed = listen(stores.status);
  become({status: before.status === 'online' ? 'connecting' : 'online'});
  await heardOnce(passed);
}
const inRoom = (log: FakeLog, change: Partial<RoomState> = {}): RoomState => ({...log.state(), ...change});

function isFrozenDeep(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return true;
  return Object.isFrozen(value) && Object.values(value).every(isFrozenDeep);
}

test('a snapshot of messages is frozen, and each message keeps its object while others come, change and go', () => {
  const {stores, follow} = setup();
  const log = new FakeLog();
  follow.enter(inRoom(log), 'joined');
  for (let count = 0; count < 3; count += 1) follow.live(log.write());
  const store = stores.messages(roomId);

  const first = store.snapshot();
  follow.live(log.write());
  const second = store.snapshot();
  follow.live(log.edit(1)[0]!);
  const third = store.snapshot();

  expect([first, second, third].every(isFrozenDeep)).toBe(true);
  expect(first.messages).toHaveLength(3);
  expect(second.messages.slice(0, 3).every((one, at) => one === first.messages[at])).toBe(true);
  expect(third.messages.map((one, at) => one === second.messages[at])).toEqual([true, false, true, true]);
  expect(store.snapshot()).toBe(third);
});

test('what waits to be sent is shown as it stands', () => {
  const {stores, follow, pending} = setup();
  const log = new FakeLog();
  const entry = {
    roomId,
    clientId: message(9).clientId,
    text: 'hi',
    createdAt: 'now',
    attempts: 0,
    failures: 0,
  };
  pending.push({...entry, state: 'queued'});
  follow.enter(inRoom(log), 'joined');

  const before = stores.messages(roomId).snapshot();
  pending[0] = {...entry, state: 'sending'};
  follow.rooms.get(roomId)!.timeline.setPending([...pending]);
  follow.update(roomId, (held) => ({...held}));

  expect(before.pending).toMatchObject([{state: 'queued'}]);
  expect(stores.messages(roomId).snapshot().pending).toMatchObject([{state: 'sending'}]);
});

test('what says the same again changes no snapshot and calls no listener', async () => {
  const it = setup();
  const {stores, follow, become} = it;
  const log = new FakeLog();
  follow.enter(inRoom(log), 'joined');
  follow.live(log.write());
  become({status: 'online'});
  const all = [stores.rooms, stores.room(roomId), stores.messages(roomId), stores.members(roomId)];
  const before = all.map((store) => store.snapshot());
  const heard = all.map(listen);

  // After a reconnect, for example, every object is a different one.
  follow.enter(structuredClone(follow.rooms.get(roomId)!.state), 'session');
  follow.update(roomId, (held) => structuredClone(held));
  await frames(it);

  expect(all.map((store, at) => store.snapshot() === before[at])).toEqual([true, true, true, true]);
  expect(heard.map(({times: count}) => count)).toEqual([0, 0, 0, 0]);
});

test('messages that were fetched again after a reset keep their objects', () => {
  const {stores, follow} = setup();
  const log = new FakeLog();
  follow.enter(inRoom(log), 'joined');
  for (let count = 0; count < 3; count += 1) follow.live(log.write());
  const store = stores.messages(roomId);
  const {messages} = store.snapshot();
  const room: FollowedRoom = follow.rooms.get(roomId)!;

  follow.enter({...state({head: 4, joinedAt: 9}), epoch: room.timeline.cursor.epoch}, 'joined');
  const request = room.timeline.historyRequest();
  room.timeline.applyHistory(request, {messages: structuredClone([...messages]).reverse(), more: false});
  follow.update(roomId, (held) => ({...held}));

  expect(store.snapshot().messages.every((one, at) => one === messages[at])).toBe(true);
});

test('ten thousand messages call a listener once a frame, and lists hold them in order', async () => {
  const {stores, follow, tell} = setup();
  const log = new FakeLog();
  follow.enter(inRoom(log), 'joined');
  const heard = listen(stores.messages(roomId));
  const rooms = listen(stores.rooms);

  for (let count = 0; count < 10_000; count += 1) tell('room:log', log.write());

  expect(heard.times).toBe(0);
  await heardOnce(heard);
  await heardOnce(rooms);
  const {messages, hasEarlier} = stores.messages(roomId).snapshot();
  expect(messages.at(-1)?.seq).toBe(10_001);
  expect(messages.every(({seq}, at) => at === 0 || seq === messages[at - 1]!.seq + 1)).toBe(true);
  expect(hasEarlier).toBe(true);
  expect(stores.room(roomId).snapshot()?.lastMessage).toBe(messages.at(-1));
});

test('a room that comes and goes is told to its own listeners and those of the list', async () => {
  const {stores, follow} = setup();
  const [one, all] = [stores.room(roomId), stores.rooms];
  const empty = all.snapshot();
  const [heardOne, heardAll] = [listen(one), listen(all)];
  expect([one.snapshot(), empty]).toEqual([undefined, []]);

  follow.enter(inRoom(new FakeLog()), 'joined');
  await heardOnce(heardOne);
  await heardOnce(heardAll);

  expect(one.snapshot()).toBe(all.snapshot()[0]);
  expect(one.snapshot()).toMatchObject({id: roomId, unread: 0, online: 1, isUnspoken: false});
  follow.leave({roomId, leftAt: 99, reason: 'removed'});
  expect([one.snapshot(), all.snapshot()]).toEqual([undefined, []]);
  expect(stores.messages(roomId).snapshot().messages).toEqual([]);
});

test('the status says who is signed in, whether the rooms are known, and why the session ended', () => {
  const {stores, become} = setup();

  become({status: 'online'});
  const online = stores.status.snapshot();
  become({user: structuredClone(user)});
  expect(stores.status.snapshot()).toBe(online);
  expect(online).toEqual({status: 'online', user, isReady: true});
  become({status: 'connecting'});
  expect(stores.status.snapshot()).toEqual({status: 'connecting', user, isReady: true});
});

test('another user is not ready before a connection of their own', () => {
  const {stores, become} = setup();
  const isReady = () => stores.status.snapshot().isReady;

  become({status: 'online'});
  become({user: {...user, displayName: 'Mina'}});
  expect(isReady()).toBe(true);
  become({status: 'connecting', user: other});
  expect(isReady()).toBe(false);
  become({status: 'online'});
  expect(isReady()).toBe(true);
});

test('somebody who types is shown until they stop, write, or have been silent for long', () => {
  vi.useFakeTimers({toFake: ['setTimeout', 'clearTimeout']});
  onTestFinished(() => void vi.useRealTimers());
  const {stores, follow, tell} = setup();
  const log = new FakeLog();
  follow.enter(inRoom(log), 'joined');
  const store = stores.typing(roomId);
  const typing = (who: object, isTyping: boolean) =>
    tell('room:typing', {roomId, user: who, typing: isTyping});

  typing(other, true);
  typing(user, true);
  const shown = store.snapshot();
  typing(structuredClone(other), true);
  expect(shown).toEqual([other]);
  expect(store.snapshot()).toBe(shown);
  vi.advanceTimersByTime(7_000);
  expect(store.snapshot()).toEqual([]);
  typing(other, true);
  typing(other, false);
  expect(store.snapshot()).toEqual([]);
  typing(other, true);
  const frame = log.write();
  const said = {...frame.entries[0]!.message!, sender: other};
  tell('room:log', {...frame, entries: [{...frame.entries[0]!, message: said}]});
  expect(store.snapshot()).toEqual([]);
});

test('members are asked for while somebody listens, and again after what may change them', async () => {
  const {stores, tell, asked, caller} = setup();
  const member = (name: string): Member => ({user: {...other, name}, role: 'member', online: true});
  const store = stores.members(roomId);
  const questions = () => asked.filter(({name}) => name === 'room:members');
  const asks = (count: number) =>
    vi.waitFor(() => expect(questions()).toHaveLength(count), {timeout: 20_000});
  tell('room:presence', {roomId, online: 1, joined: [], left: []});
  expect(store.snapshot()).toEqual({members: [], isLoaded: false});

  // StrictMode does this.
  store.subscribe(() => undefined)();
  const stop = store.subscribe(() => undefined);
  await asks(1);
  questions()[0]!.answer({members: [member('Other')]});
  await vi.waitFor(() => expect(store.snapshot().isLoaded).toBe(true), {timeout: 20_000});
  const first = store.snapshot();
  tell('room:presence', {roomId, online: 1, joined: [], left: []});
  await asks(2);
  questions()[1]!.answer({members: [member('Other')]});
  void caller.call('member:update', {roomId, userId: other.id, role: 'moderator'});
  asked.at(-1)!.answer(member('Other'));
  await asks(3);
  expect(store.snapshot()).toBe(first);
  questions()[2]!.answer({members: [member('Other'), {...member('Third'), user: {...other, id: me}}]});
  await vi.waitFor(() => expect(store.snapshot().members).toHaveLength(2), {timeout: 20_000});
  expect(store.snapshot().members[0]).toBe(first.members[0]);
  expect(isFrozenDeep(store.snapshot())).toBe(true);
  stop();
});

test('the first listener has the notifications loaded, and one that comes leaves the others as they are', async () => {
  const {stores, tell, asked} = setup();
  const notification = (id: string): Notification =>
    ({id, type: 'order.placed', data: {}, createdAt: '2026-01-01T00:00:00.000Z'}) as never;
  const store = stores.notifications;

  listen(store);
  await vi.waitFor(() => expect(asked.map(({name}) => name)).toEqual(['notification:list']), {
    timeout: 20_000,
  });
  asked[0]!.answer({notifications: [notification('a')], unread: 1});
  await vi.waitFor(() => expect(store.snapshot().isLoaded).toBe(true), {timeout: 20_000});
  const {items} = store.snapshot();
  tell('notification:created', {notification: notification('b'), unread: 2});

  expect(store.snapshot()).toMatchObject({unread: 2, hasEarlier: false, items: [{id: 'b'}, {id: 'a'}]});
  expect(store.snapshot().items[1]).toBe(items[0]);
  expect(isFrozenDeep(store.snapshot())).toBe(true);
});

test('a listener that throws stops no other, and one that left is not called', async () => {
  const {stores, become} = setup();
  const uncaught = vi.fn<(error: unknown) => void>();
  const listeners = process.listeners('uncaughtException');
  process.removeAllListeners('uncaughtException').on('uncaughtException', uncaught);
  onTestFinished(() => {
    process.removeAllListeners('uncaughtException');
    for (const listener of listeners) process.on('uncaughtException', listener);
  });
  const gone = vi.fn<() => void>();
  stores.status.subscribe(() => {
    throw new Error('of a page');
  });
  stores.status.subscribe(gone)();
  const heard = listen(stores.status);

  become({status: 'online'});
  await heardOnce(heard);

  await vi.waitFor(() => expect(uncaught).toHaveBeenCalledOnce(), {timeout: 20_000});
  expect(gone).not.toHaveBeenCalled();
});

test('a thread is read while somebody listens, and follows the log from there, without gaps', async () => {
  const {stores, follow, tell, asked} = setup();
  const log = new FakeLog();
  follow.enter(inRoom(log), 'joined');
  const first = log.write().entries[0]!.message!;
  const store = stores.thread(roomId, first.seq);
  const questions = () => asked.filter(({name}) => name === 'message:list');
  const asks = (count: number) =>
    vi.waitFor(() => expect(questions()).toHaveLength(count), {timeout: 20_000});
  const texts = () => store.snapshot().replies.map(({text}) => text);
  const inThread = (seq: number, text = `reply ${seq}`) => ({...message(seq), threadOf: first.seq, text});
  const {epoch, rev} = log.cursor;
  const live = (entry: object, at: number) =>
    tell('room:log', {roomId, epoch, after: at - 1, head: at, entries: [{rev: at, ...entry}]} as never);
  expect(store.snapshot()).toEqual({replies: [], pending: [], hasEarlier: false, isLoaded: false});

  onTestFinished(store.subscribe(() => undefined));
  await asks(2);
  live({type: 'message', message: first}, rev);
  live({type: 'message', message: inThread(rev + 1)}, rev + 1);
  const old = {...inThread(1), seq: 1, rev: 1};
  live({type: 'edit', message: {...old, rev: rev + 2, text: 'an old reply, edited'}}, rev + 2);
  questions()[0]!.answer({messages: [first], more: true});
  questions()[1]!.answer({messages: [inThread(rev + 1)], more: true});
  await vi.waitFor(() => expect(store.snapshot().isLoaded).toBe(true), {timeout: 20_000});

  expect(store.snapshot()).toMatchObject({root: {seq: first.seq}, hasEarlier: true});
  expect(texts()).toEqual([`reply ${rev + 1}`]);
  live({type: 'message', message: message(rev + 3)}, rev + 3);
  live({type: 'message', message: inThread(rev + 4)}, rev + 4);
  const [kept] = store.snapshot().replies;
  live({type: 'edit', message: {...inThread(rev + 4, 'edited'), rev: rev + 5}}, rev + 5);
  expect(texts()).toEqual([`reply ${rev + 1}`, 'edited']);
  expect(store.snapshot().replies[0]).toBe(kept);
  const reactions = [{emoji: '👍', count: 1, by: [me]}];
  live({type: 'annotation', seq: rev + 4, annotations: {reactions}}, rev + 6);
  expect(store.snapshot().replies[1]).toMatchObject({annotations: {reactions: [{mine: true}]}});

  const earlier = store.loadEarlier();
  await asks(3);
  questions()[2]!.answer({messages: [old], more: false});
  await expect(earlier).resolves.toBe(false);
  expect(texts()).toEqual(['an old reply, edited', `reply ${rev + 1}`, 'edited']);
  expect(isFrozenDeep(store.snapshot())).toBe(true);
});
