// Promise 3, exactly once: (room, sender, clientId) is unique, on any node and over any transport. A retry gets the
// first result, even after the sender has left.
import {randomUUID} from 'node:crypto';
import {afterAll, beforeAll, expect, test} from 'vitest';
import type {SendMessageResult} from '@madang/protocol/messages';
import type {RoomState} from '@madang/protocol/rooms';
import {RawClient, Reader, request, signInGuest, type SignedIn} from '@madang/testkit/raw-client';
import {waitFor} from '@madang/testkit/wait-for';
import {startGateways, type Gateways} from '../support/gateways.ts';

let cluster: Gateways;
beforeAll(async () => {
  cluster = await startGateways(3);
});
afterAll(() => cluster.stop());

// As many as fit into one sender's burst of 200, wherever its leases lie.
const rounds = 6;
const attempts = 20;

test('one clientId sent twenty times at once over three nodes and HTTP is one message with one seq', async () => {
  const {state, sender, tabs, reader} = await meet();

  const clientIds: string[] = Array.from({length: rounds}, () => randomUUID());
  for (const [round, clientId] of clientIds.entries()) {
    // Other calls under way must not matter: others' batches, and another message by the same sender.
    const noise = [
      reader.client.send(state.room.id, `noise ${round}`),
      tabs[0]!.send(state.room.id, 'other'),
    ];
    const answers = await Promise.all(
      Array.from({length: attempts}, (_, attempt) => {
        const input = {clientId, text: `attempt ${attempt} of round ${round}`};
        const at = attempt % (2 * tabs.length);
        return at < tabs.length
          ? tabs[at]!.call('message:send', {roomId: state.room.id, ...input})
          : sendOverHttp(cluster.urls[at - tabs.length]!, sender, state, input);
      }),
    );
    await Promise.all(noise);

    const [first] = answers;
    expect(answers.map(({seq}) => seq)).toEqual(answers.map(() => first!.seq));
    expect(answers.map(({rev}) => rev)).toEqual(answers.map(() => first!.seq));
    expect(answers.map(({createdAt}) => createdAt)).toEqual(answers.map(() => first!.createdAt));
    expect(answers.filter(({duplicate}) => duplicate)).toHaveLength(attempts - 1);
  }

  const {messages} = await tabs[0]!.call('message:list', {roomId: state.room.id, limit: 200});
  expect(messages.filter(({clientId}) => clientIds.includes(clientId))).toHaveLength(rounds);
  expect(messages).toHaveLength(3 * rounds);
  const head = messages[0]!.seq;
  await waitFor(() => reader.reader.cursor.rev === head, {timeoutMs: 5_000, what: 'the reader to see all'});
  const seen = reader.reader.entries.map(({message}) => message!.clientId);
  expect(seen.filter((clientId) => clientIds.includes(clientId))).toEqual(clientIds);
});

test.each([
  ['being kicked', 'member:remove', 'forbidden'],
  ['being banned', 'member:update', 'banned'],
  ['the room was closed', 'room:close', 'room_closed'],
] as const)('a retry after %s still gets the first result', async (_why, end, refusal) => {
  const {state, sender, tabs, reader} = await meet();
  const {roomId, userId} = {roomId: state.room.id, userId: sender.user.id};
  const clientId: string = randomUUID();
  const first = await tabs[0]!.send(roomId, 'hello', clientId);

  if (end === 'room:close') await reader.client.call(end, {roomId});
  else if (end === 'member:update') await reader.client.call(end, {roomId, userId, banned: true});
  else await reader.client.call(end, {roomId, userId});

  const retries = await Promise.all([
    ...tabs.map((tab) => tab.send(roomId, 'hello', clientId)),
    ...cluster.urls.map((url) => sendOverHttp(url, sender, state, {clientId, text: 'hello'})),
  ]);
  for (const retry of retries) expect(retry).toEqual({...first, duplicate: true});
  const another = await tabs[1]!.ask('message:send', {roomId, clientId: randomUUID(), text: 'still here?'});
  expect(another).toMatchObject({ok: false, error: {code: refusal, retryable: false}});
});

test('the same clientId of another sender, or in another room, is another message', async () => {
  const {state, tabs, reader} = await meet();
  const other = await tabs[0]!.call('room:create', {title: 'Elsewhere'});
  const clientId: string = randomUUID();

  const sent = await Promise.all([
    tabs[0]!.send(state.room.id, 'mine', clientId),
    reader.client.send(state.room.id, 'yours', clientId),
    tabs[0]!.send(other.room.id, 'elsewhere', clientId),
  ]);

  expect(sent.map(({duplicate}) => duplicate)).toEqual([false, false, false]);
});

/** A sender with a connection to each node, in a room that another user owns and reads. */
async function meet() {
  const [first] = cluster.urls as [string];
  const [owner, sender] = [await signInGuest(first), await signInGuest(first)];
  const client = await RawClient.connect(first, owner);
  const state = await client.call('room:create', {title: 'Courtyard'});
  const reader = {client, reader: new Reader(client, state)};
  const tabs = await Promise.all(cluster.urls.map((url) => RawClient.connect(url, sender)));
  await tabs[0]!.call('room:join', {roomId: state.room.id});
  return {state, sender, tabs, reader};
}

async function sendOverHttp(
  url: string,
  {cookie}: SignedIn,
  {room}: RoomState,
  body: {clientId: string; text: string},
): Promise<SendMessageResult> {
  const answer = await request<SendMessageResult>(url, 'POST', `/rooms/${room.id}/messages`, {cookie, body});
  expect(answer.status).toBe(200);
  return answer.body;
}
