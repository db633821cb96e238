import type {ServerEventPayload} from '@madang/protocol/events';
import {RawClient, registerAccount, signInGuest, type SignedIn} from '@madang/testkit/raw-client';
import {waitFor} from '@madang/testkit/wait-for';
import {afterAll, afterEach, beforeAll, expect, test} from 'vitest';
import {startGateways, type Gateways} from '../../test/support/gateways.ts';

type Presence = ServerEventPayload<'room:presence'>;
type Typing = ServerEventPayload<'room:typing'>;
type Lobby = ServerEventPayload<'lobby:changed'>;

const soon = (what: string) => ({timeoutMs: 5_000, what});
const open: RawClient[] = [];
let cluster: Gateways;

beforeAll(async () => {
  cluster = await startGateways(2, {GRACE_MS: '600', DIGEST_MS: '100'});
});
afterEach(() => {
  for (const client of open.splice(0)) client.close();
});
afterAll(() => cluster.stop());

async function connect(who: SignedIn, node = 0): Promise<RawClient> {
  const client = await RawClient.connect(cluster.urls[node]!, who);
  open.push(client);
  return client;
}
const guest = async (node = 0) => connect(await signInGuest(cluster.urls[node]!), node);

/** The users announced to a client, in order. */
function announced(client: RawClient, event: 'room:presence' | 'presence:changed'): string[] {
  return client
    .events<Pick<Presence, 'joined' | 'left'>>(event)
    .flatMap(({joined, left}) => [...joined.map(({id}) => `+${id}`), ...left.map((id) => `-${id}`)]);
}
const hear = (
  client: RawClient,
  what: string,
  event: 'room:presence' | 'presence:changed' = 'room:presence',
) => waitFor(() => announced(client, event).includes(what), soon(what));

test('announces who comes to a room and who goes, on every node, and not who only reloads', async () => {
  const watcher = await guest();
  const {room} = await watcher.call('room:create', {title: 'Watched', ephemeral: false});
  const who = await signInGuest(cluster.urls[1]!);
  const other = await connect(who, 1);
  const state = await other.call('room:join', {roomId: room.id});
  expect(state.online).toBe(2);
  await hear(watcher, `+${who.user.id}`);

  other.close();
  const back = await connect(who, 0);
  await back.call('session:start', {});
  back.close();
  const again = await connect(who, 1);
  await again.call('session:start', {});
  again.close();
  await hear(watcher, `-${who.user.id}`);

  // If two nodes end a grace period in the same second, both may announce it.
  const ofOther = announced(watcher, 'room:presence').filter((each) => each.includes(who.user.id));
  expect([...new Set(ofOther)]).toEqual([`+${who.user.id}`, `-${who.user.id}`]);
  expect(ofOther.filter((each) => each.startsWith('+'))).toHaveLength(1);
  expect(watcher.events<Presence>('room:presence').at(-1)).toMatchObject({roomId: room.id, online: 1});
});

test('announces the end of a membership without a grace period', async () => {
  const [watcher, other] = [await guest(), await guest(1)];
  const {room} = await watcher.call('room:create', {title: 'Kicked', ephemeral: false});
  await other.call('room:join', {roomId: room.id});
  await hear(watcher, `+${other.user.id}`);
  const kickedAt = performance.now();
  await watcher.call('member:remove', {roomId: room.id, userId: other.user.id});
  await hear(watcher, `-${other.user.id}`);

  expect(performance.now() - kickedAt).toBeLessThan(550);
});

test('shows watchers who is connected in the tenant, until they unwatch', async () => {
  const watcher = await guest();
  const [first, second] = [await guest(1), await guest()];
  const seen = await waitFor(async () => {
    const answer = await watcher.call('presence:watch', {});
    return answer.online === answer.users.length && answer;
  }, soon('the count'));
  expect(seen.users).toContainEqual(expect.objectContaining({id: first.user.id, online: true}));
  const third = await guest(1);
  await hear(watcher, `+${third.user.id}`, 'presence:changed');
  second.close();
  await hear(watcher, `-${second.user.id}`, 'presence:changed');

  await watcher.call('presence:unwatch', {});
  const marker = await guest(1);
  const late = await guest(1);
  await late.call('presence:watch', {});
  const last = await guest(1);
  await hear(late, `+${last.user.id}`, 'presence:changed');
  expect(announced(watcher, 'presence:changed')).not.toContain(`+${marker.user.id}`);
});

test('relays typing to the others in the room, on every node, and ends it with the last word', async () => {
  const who = await signInGuest(cluster.urls[0]!);
  const [typist, tab, reader, stranger] = [
    await connect(who),
    await connect(who, 1),
    await guest(1),
    await guest(1),
  ];
  const {room} = await typist.call('room:create', {title: 'Typing', ephemeral: false});
  await reader.call('room:join', {roomId: room.id});
  await waitFor(() => tab.events('room:joined').length > 0, soon('the second tab'));
  await typist.call('typing:set', {roomId: room.id, typing: true});
  await typist.call('typing:set', {roomId: room.id, typing: false});

  for (const client of [tab, reader]) {
    const told = await waitFor(() => {
      const events = client.events<Typing>('room:typing');
      return events.length === 2 && events;
    }, soon('both events'));
    expect(told).toMatchObject([
      {roomId: room.id, user: {id: who.user.id}, typing: true},
      {roomId: room.id, user: {id: who.user.id}, typing: false},
    ]);
  }
  expect([typist, stranger].flatMap((client) => client.events('room:typing'))).toEqual([]);
  expect(await stranger.ask('typing:set', {roomId: room.id, typing: true})).toMatchObject({ok: false});
});

test('ends the typing of someone who has vanished, 6 s after the last event', async () => {
  const [typist, reader] = [await guest(), await guest(1)];
  const {room} = await typist.call('room:create', {title: 'Vanished', ephemeral: false});
  await reader.call('room:join', {roomId: room.id});
  await typist.call('typing:set', {roomId: room.id, typing: true});
  const typedAt = performance.now();
  typist.close();

  await waitFor(() => reader.events<Typing>('room:typing').some(({typing}) => !typing), {
    timeoutMs: 8_000,
    what: 'the end of typing',
  });
  expect(performance.now() - typedAt).toBeGreaterThan(5_500);
});

test('tells those who watch the lobby what is opened, changed and closed on any node', async () => {
  const watcher = await guest(1);
  await watcher.call('lobby:watch', {});
  const owner = await connect(await registerAccount(cluster.urls[0]!));
  const hidden = await owner.call('room:create', {title: 'Hidden', visibility: 'private'});
  const {room} = await owner.call('room:create', {title: 'Shown'});
  const lobby = () => watcher.events<Lobby>('lobby:changed');
  const {id} = room;
  await waitFor(() => lobby().some(({opened}) => opened.some((each) => each.id === id)), soon('the opening'));
  await owner.call('room:update', {roomId: id, title: 'Renamed'});
  await waitFor(
    () => lobby().some(({changed}) => changed.some((each) => each.id === id && each.title === 'Renamed')),
    soon('the change'),
  );
  await owner.call('room:close', {roomId: id});
  await waitFor(() => lobby().some(({closed}) => closed.includes(id)), soon('the closing'));
  expect(JSON.stringify(lobby())).not.toContain(hidden.room.id);

  await watcher.call('lobby:unwatch', {});
  const other = await guest(1);
  await other.call('lobby:watch', {});
  const unseen = await owner.call('room:create', {title: 'Unseen'});
  await waitFor(
    () =>
      other
        .events<Lobby>('lobby:changed')
        .some(({opened}) => opened.some((each) => each.id === unseen.room.id)),
    soon('the opening'),
  );
  expect(JSON.stringify(lobby())).not.toContain(unseen.room.id);
});
