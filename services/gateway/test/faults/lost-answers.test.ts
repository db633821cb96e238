/** Repeats each operation that changes something, as after a lost answer: no repeat may be refused as already done. */
import {randomUUID} from 'node:crypto';
import {calls, type CallName} from '@madang/protocol/calls';
import {RawClient, registerAccount} from '@madang/testkit/raw-client';
import {afterAll, beforeAll, expect, test} from 'vitest';
import {startGateways, type Gateways} from '../support/gateways.ts';

let gateways: Gateways;
const clients: RawClient[] = [];
beforeAll(async () => {
  gateways = await startGateways(2, {SEND_DEADLINE_MS: '10000'});
});
afterAll(async () => {
  for (const client of clients) client.close();
  await gateways.stop();
});

async function signIn(gateway: number): Promise<RawClient> {
  const url = gateways.urls[gateway]!;
  const client = await RawClient.connect(url, await registerAccount(url));
  clients.push(client);
  return client;
}

type Stage = {owner: RawClient; other: RawClient; roomId: string; seq: number};
async function setStage(): Promise<Stage> {
  const [owner, other] = [await signIn(0), await signIn(1)];
  const {room} = await owner.call('room:create', {title: 'Courtyard', ephemeral: false});
  await other.call('room:join', {roomId: room.id});
  const {seq} = await owner.send(room.id, 'hello');
  return {owner, other, roomId: room.id, seq};
}

type Row = {by?: 'other'; input: (stage: Stage) => unknown; same?: (answer: never) => unknown};
const roomOf = ({room}: {room: {id: string}}) => room.id;
const writes: Partial<Record<CallName, Row>> = {
  'user:update': {input: () => ({status: {text: 'out', emoji: '🌴'}}), same: (answer) => answer},
  'user:block': {input: ({other}) => ({userId: other.user.id, on: true}), same: (answer) => answer},
  'presence:set': {input: () => ({away: true}), same: (answer) => answer},
  'room:create': {input: () => ({title: 'Once', clientId: randomUUID()}), same: roomOf},
  'room:update': {input: ({roomId}) => ({roomId, title: 'Another'}), same: roomOf},
  'room:truncate': {input: ({roomId, seq}) => ({roomId, before: seq}), same: (answer) => answer},
  'room:prefs': {input: ({roomId}) => ({roomId, level: 'none'}), same: (answer) => answer},
  'room:close': {input: ({roomId}) => ({roomId}), same: (answer) => answer},
  'room:join': {by: 'other', input: ({roomId}) => ({roomId}), same: roomOf},
  'room:leave': {by: 'other', input: ({roomId}) => ({roomId}), same: (answer) => answer},
  'direct:open': {input: ({other}) => ({userId: other.user.id}), same: roomOf},
  'member:add': {
    input: ({roomId, other}) => ({roomId, userId: other.user.id, role: 'moderator'}),
    same: (answer) => answer,
  },
  'member:update': {
    input: ({roomId, other}) => ({roomId, userId: other.user.id, role: 'moderator'}),
    same: (answer) => answer,
  },
  'member:remove': {input: ({roomId, other}) => ({roomId, userId: other.user.id}), same: (answer) => answer},
  // A repeat makes a further one, as documented.
  'invite:create': {
    input: ({roomId}) => ({roomId, expiresInS: 600}),
    same: ({invite}: {invite: object}) => Object.keys(invite),
  },
  'invite:revoke': {
    input: ({roomId}) => ({roomId, id: randomUUID()}),
    same: (answer) => answer,
  },
  'message:send': {
    input: ({roomId}) => ({roomId, clientId: randomUUID(), text: 'once'}),
    same: ({seq, rev}: {seq: number; rev: number}) => ({seq, rev}),
  },
  'message:edit': {
    input: ({roomId, seq}) => ({roomId, seq, text: 'edited'}),
    same: ({seq}: {seq: number}) => seq,
  },
  'message:delete': {input: ({roomId, seq}) => ({roomId, seq}), same: ({seq}: {seq: number}) => seq},
  'report:create': {
    by: 'other',
    input: ({roomId, seq}) => ({roomId, seq, reason: 'rude'}),
    same: ({id}: {id: string}) => id,
  },
  'report:decide': {
    input: async ({other, roomId, seq}) => {
      const {id} = await other.call('report:create', {roomId, seq, reason: 'rude'});
      return {id, outcome: 'dismissed', reason: 'fine'};
    },
    same: (answer) => answer,
  },
  'reaction:set': {
    input: ({roomId, seq}) => ({roomId, seq, emoji: '👍', on: true}),
    same: (answer) => answer,
  },
  'message:pin': {input: ({roomId, seq}) => ({roomId, seq, on: true}), same: (answer) => answer},
  'thread:follow': {input: ({roomId, seq}) => ({roomId, seq, on: true}), same: (answer) => answer},
  'read:mark': {by: 'other', input: ({roomId, seq}) => ({roomId, seq}), same: (answer) => answer},
  'typing:set': {input: ({roomId}) => ({roomId, typing: true}), same: (answer) => answer},
  'notification:read': {input: () => ({ids: [randomUUID()]}), same: (answer) => answer},
};
/** Operations that only read, or that belong to a connection, which is gone if an answer was lost. */
const reads: CallName[] = [
  'session:start',
  'session:refresh',
  'user:list',
  'user:get',
  'room:list',
  'room:get',
  'room:members',
  'room:sync',
  'message:list',
  'message:search',
  'report:list',
  'audit:list',
  'tenant:get',
  // A repeat is a `conflict` of versions: patches are made for one.
  'tenant:update',
  'invite:list',
  'reaction:list',
  'thread:list',
  'notification:list',
  'file:sign',
  'presence:watch',
  'presence:unwatch',
  'lobby:watch',
  'lobby:unwatch',
];

test.each(Object.entries(writes) as [CallName, Row][])(
  '%s made again is answered as at first',
  async (name, row) => {
    const stage = await setStage();
    const input = await row.input(stage);
    const client = row.by === 'other' ? stage.other : stage.owner;

    const first = await client.call(name, input as never);
    const second = await client.call(name, input as never);

    expect(row.same?.(second as never)).toEqual(row.same?.(first as never));
  },
);

test('covers every operation', () => {
  expect([...Object.keys(writes), ...reads].toSorted()).toEqual(Object.keys(calls).toSorted());
});
