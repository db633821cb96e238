import {expect, test} from 'vitest';
import type {Member} from './member.ts';
import {Room} from './room.ts';

/** A server that the test controls: what is sent waits until the test shows it to someone. */
function openRoom() {
  const sent: string[] = [];
  const members = [0, 1].map((): Member => ({
    onPayload: () => {},
    send: async (clientId) => void sent.push(clientId),
    close: () => {},
  }));
  const room = new Room(members, (payload) => payload.toString().split(' '));
  const show = (member: number, clientIds: string[]) =>
    members[member]!.onPayload(Buffer.from(clientIds.join(' ')));
  return {room, members, sent, show};
}

test('settles once every member has everything, however it was put together', async () => {
  const {room, members, sent, show} = openRoom();
  await room.post(members[0]!, 'a');
  await room.post(members[1]!, 'b');

  const settled = room.settle();
  show(0, sent);
  show(1, sent);
  await settled;

  expect(room.deliveries).toBe(4);
});

test('fails when a message comes twice', async () => {
  const {room, members, sent, show} = openRoom();
  await room.post(members[0]!, 'a');
  show(0, sent);
  show(0, sent);

  await expect(room.settle()).rejects.toThrow('came twice');
});

test('fails when members are shown different orders', async () => {
  const {room, members, sent, show} = openRoom();
  await room.post(members[0]!, 'a');
  await room.post(members[0]!, 'b');
  for (const clientId of sent) show(0, [clientId]);
  for (const clientId of sent.toReversed()) show(1, [clientId]);

  await expect(room.settle()).rejects.toThrow('something else than another');
});

test('fails when something comes that nobody sent', async () => {
  const {room, members, show} = openRoom();
  await room.post(members[0]!, 'a');
  show(0, ['00000000-0000-7000-8000-000000000000']);

  await expect(room.settle()).rejects.toThrow('never sent');
});
