// Promise 5, exact membership: capacity is never exceeded, however many users join at once on however many nodes.
import {afterAll, beforeAll, expect, test} from 'vitest';
import {RawClient, Refused, signInGuest} from '@madang/testkit/raw-client';
import {startGateways, type Gateways} from '../support/gateways.ts';

const userCount = 200;
const capacity = 50;
const rounds = 20;
/** For a round of 350 joins: a machine that others load takes 3 s. */
const patienceMs = 12_000;

let cluster: Gateways;
let users: RawClient[];
beforeAll(async () => {
  cluster = await startGateways(3);
  users = [];
  // A few at a time: on a busy machine, users who all arrive at once are told to come back.
  while (users.length < userCount) {
    const arrivals = Array.from({length: 10}, async (_, index) => {
      const url = cluster.urls[index % cluster.urls.length]!;
      return RawClient.connect(url, await signInGuest(url));
    });
    users.push(...(await Promise.all(arrivals)));
  }
});
afterAll(() => cluster.stop());

test(
  'of 200 users who join at once over three nodes a capacity of 50 admits 50, in each of 20 rounds, and leaving frees exactly one place',
  async () => {
    for (let round = 0; round < rounds; round += 1) {
      const roomId = await emptyRoom(`Round ${round}`);

      const admitted = await joinAtOnce(roomId, users);
      expect(admitted).toHaveLength(capacity);
      expect(await countMembers(roomId, admitted)).toBe(capacity);

      await admitted[0]!.call('room:leave', {roomId});
      const others = users.filter((user) => !admitted.includes(user));
      expect(await joinAtOnce(roomId, others)).toHaveLength(1);
      expect(await countMembers(roomId, admitted.slice(1))).toBe(capacity);
    }
  },
  rounds * patienceMs,
);

/** Its owner has left, so every place is free. */
async function emptyRoom(title: string): Promise<string> {
  const [owner] = users as [RawClient];
  const {room} = await owner.call('room:create', {title, capacity, ephemeral: false});
  await owner.call('room:leave', {roomId: room.id});
  return room.id;
}

/** The admitted users; everyone else must have been told that the room is full. */
async function joinAtOnce(roomId: string, candidates: RawClient[]): Promise<RawClient[]> {
  const answers = await Promise.all(candidates.map((user) => join(user, roomId)));
  expect(new Set(answers)).toEqual(new Set(['ok', 'room_full']));
  return candidates.filter((_, index) => answers[index] === 'ok');
}

function join(user: RawClient, roomId: string): Promise<string> {
  return user.call('room:join', {roomId}).then(
    () => 'ok',
    (error: unknown) => (error instanceof Refused ? error.error.code : String(error)),
  );
}

/** The number in the member list and in the room's own count; both must agree. */
async function countMembers(roomId: string, [member]: RawClient[]): Promise<number> {
  const {members} = await member!.call('room:members', {roomId, limit: 200});
  const {room} = await member!.call('room:get', {roomId});
  expect(room.memberCount).toBe(members.length);
  expect(members.filter(({role}) => role === 'owner')).toHaveLength(1);
  return members.length;
}
