// Promises 2 and 5 for two users: a direct room is one room, of exactly those two, on all their devices.
import {afterAll, beforeAll, expect, test} from 'vitest';
import type {RoomState} from '@madang/protocol/rooms';
import {RawClient, patientRequest, registerAccount, type SignedIn} from '@madang/testkit/raw-client';
import {waitFor} from '@madang/testkit/wait-for';
import {startGateways, type Gateways} from '../support/gateways.ts';

let cluster: Gateways;
beforeAll(async () => {
  cluster = await startGateways(3);
});
afterAll(() => cluster.stop());

const account = () => registerAccount(cluster.urls[0]!);
/** A connection of the user to each node. */
const devicesOf = (who: SignedIn) => Promise.all(cluster.urls.map((url) => RawClient.connect(url, who)));

const open = (from: RawClient, userId: string) => from.call('direct:open', {userId});

async function pair() {
  const [alice, bob] = [await account(), await account()];
  const [ofAlice, ofBob] = [await devicesOf(alice), await devicesOf(bob)];
  return {alice, bob, ofAlice, ofBob, close: () => [...ofAlice, ...ofBob].forEach((each) => each.close())};
}

test('fifty opens at once, from both sides and over three nodes, give one room of the two', async () => {
  const {alice, bob, ofAlice, ofBob, close} = await pair();

  const states = await Promise.all(
    Array.from({length: 50}, (_, no) =>
      no % 2 === 0 ? open(ofAlice[no % 3]!, bob.user.id) : open(ofBob[no % 3]!, alice.user.id),
    ),
  );

  expect(new Set(states.map(({room}) => room.id)).size).toBe(1);
  const {room} = states[0]!;
  expect(room).toMatchObject({kind: 'direct', visibility: 'private', title: '', memberCount: 2});
  const ids = [alice.user.id, bob.user.id].toSorted();
  expect(room.users?.map(({id}) => id)).toEqual(ids);
  const {members} = await ofBob[0]!.call('room:members', {roomId: room.id});
  expect(members.map(({user, role}) => [user.id, role])).toEqual(ids.map((id) => [id, 'member']));
  close();
});

test('all devices of both hear a room that one of them opened, and what is said in it', async () => {
  const {bob, ofAlice, ofBob, close} = await pair();

  const {room} = await open(ofAlice[0]!, bob.user.id);
  const others = [...ofAlice.slice(1), ...ofBob];
  await waitFor(
    () =>
      others.every((each) =>
        each.events<RoomState>('room:joined').some((state) => state.room.id === room.id),
      ),
    {timeoutMs: 5_000, what: 'room:joined on all devices'},
  );
  const {rev} = await ofBob[2]!.send(room.id, 'psst');

  await waitFor(() => [...ofAlice, ...ofBob].every((each) => each.frames(room.id).at(-1)?.head === rev), {
    timeoutMs: 5_000,
    what: 'the whisper on all devices',
  });
  expect((await open(ofBob[1]!, ofAlice[0]!.user.id)).room.id).toBe(room.id);
  close();
});

test('a direct room cannot be left, closed, managed or entered by others', async () => {
  const {alice, bob, ofAlice, ofBob, close} = await pair();
  const [stranger] = await devicesOf(await account());
  const {room} = await open(ofAlice[0]!, bob.user.id);
  const roomId = room.id;
  const codeOf = async (asked: Promise<{ok: true} | {ok: false; error: {code: string}}>) => {
    const answer = await asked;
    return answer.ok ? 'ok' : answer.error.code;
  };

  for (const member of [ofAlice[0]!, ofBob[0]!]) {
    const userId = member.user.id === alice.user.id ? bob.user.id : alice.user.id;
    expect(await codeOf(member.ask('room:leave', {roomId}))).toBe('forbidden');
    expect(await codeOf(member.ask('room:close', {roomId}))).toBe('forbidden');
    expect(await codeOf(member.ask('room:update', {roomId, title: 'Ours'}))).toBe('forbidden');
    expect(await codeOf(member.ask('member:add', {roomId, userId: stranger!.user.id}))).toBe('forbidden');
    expect(await codeOf(member.ask('member:remove', {roomId, userId}))).toBe('forbidden');
    expect(await codeOf(member.ask('member:update', {roomId, userId, banned: true}))).toBe('forbidden');
  }
  for (const ask of ['room:get', 'room:join', 'room:members', 'message:list'] as const) {
    expect(await codeOf(stranger!.ask(ask, {roomId}))).toBe('not_found');
  }
  const {rooms} = await stranger!.call('room:list', {limit: 200});
  expect(rooms.map(({id}) => id)).not.toContain(roomId);
  stranger!.close();
  close();
});

test('nobody whispers with themselves, or newly with someone who is gone; an old conversation stays', async () => {
  const {alice, bob, ofAlice, close} = await pair();
  const gone = await account();
  const {room} = await open(ofAlice[0]!, bob.user.id);
  for (const {cookie, password} of [gone, bob]) {
    await patientRequest(cluster.urls[0]!, 'DELETE', '/me', {cookie, body: {password}});
  }

  await expect(open(ofAlice[0]!, alice.user.id)).rejects.toMatchObject({error: {code: 'invalid'}});
  await expect(open(ofAlice[0]!, gone.user.id)).rejects.toMatchObject({error: {code: 'not_found'}});
  const again = await open(ofAlice[0]!, bob.user.id);
  expect(again.room.id).toBe(room.id);
  expect(again.room.users?.map(({name}) => name)).toContain('deleted');
  close();
});
