import {expect, test} from 'vitest';
import {createServer, type Server} from './server.ts';

const id = '01890a5d-ac96-774b-bcce-b302099a8057';
const calls: [string, (server: Server, wrong: string) => Promise<unknown>][] = [
  ['putUser', (server, wrong) => server.putUser(wrong, {name: 'Ann'})],
  ['getUser', (server, wrong) => server.getUser(wrong)],
  ['disableUser', (server, wrong) => server.disableUser(wrong)],
  ['deleteUser', (server, wrong) => server.deleteUser(wrong)],
  ['closeRoom', (server, wrong) => server.closeRoom(wrong)],
  ['addMember, the room', (server, wrong) => server.addMember(wrong, id)],
  ['removeMember, the room', (server, wrong) => server.removeMember(wrong, id)],
  ['removeMember, the user', (server, wrong) => server.removeMember(id, wrong)],
  ['send', (server, wrong) => server.send(wrong, 'Hello')],
  ['getKey', (server, wrong) => server.getKey(wrong)],
  ['revokeKey', (server, wrong) => server.revokeKey(wrong)],
  ['listMessages', (server, wrong) => server.listMessages(wrong)],
  ['room', (server, wrong) => server.room(wrong)],
  ['updateRoom', (server, wrong) => server.updateRoom(wrong, {title: 'x'})],
  ['truncateRoom', (server, wrong) => server.truncateRoom(wrong)],
  ['putMembers', (server, wrong) => server.putMembers(wrong, [])],
  ['updateMember, the user', (server, wrong) => server.updateMember(id, wrong, {role: 'member'})],
  ['editMessage', (server, wrong) => server.editMessage(wrong, 1, {text: 'x'})],
  ['deleteMessage', (server, wrong) => server.deleteMessage(wrong, 1)],
  ['importMessages', (server, wrong) => server.importMessages(wrong, [])],
  ['members', async (server, wrong) => server.members(wrong)],
  ['messages', async (server, wrong) => server.messages(wrong)],
  ['listMembers', (server, wrong) => server.listMembers(wrong)],
  ['syncRoom', (server, wrong) => server.syncRoom(wrong, {after: 0})],
  ['exportRoom', async (server, wrong) => server.exportRoom(wrong)],
];
const wrongIds = ['', '.', '..', undefined, null, 7, {}, [id]] as string[];

test.each(calls)('%s refuses what is no id before anything is sent', async (_name, call) => {
  const sent: unknown[] = [];
  const fetch = (address: unknown) => Promise.reject(void sent.push(address));
  const server = createServer({url: 'http://chat.example', key: 'mdk_x', fetch: fetch as never});

  for (const wrong of wrongIds)
    await expect(call(server, wrong)).rejects.toMatchObject({
      name: 'ServerError',
      code: 'invalid',
      retryable: false,
    });

  expect(sent).toEqual([]);
});

test('each call goes to the address of its own operation, whatever text the product has for an id', async () => {
  const sent: string[] = [];
  const fetch = (address: string, {method}: RequestInit) => {
    sent.push(`${method} ${new URL(address).pathname}`);
    return Promise.resolve(Response.json({user: {}, room: {}, member: {}}));
  };
  const server = createServer({url: 'http://chat.example', key: 'mdk_x', fetch: fetch as never});

  await server.putUser('a/../b?c#d', {name: 'Ann'});
  await server.removeMember(id, id);

  expect(sent).toEqual(['PUT /api/v1/users/a%2F..%2Fb%3Fc%23d', `DELETE /api/v1/rooms/${id}/members/${id}`]);
});

test.each([undefined, null, '', 7, 'undefined', 'mds_x', 'mdk_', 'mdk_a b', 'mdk_secret\n'])(
  'says that %o is no key, and does not show it',
  (key) => {
    const make = () => createServer({url: 'http://chat.example', key: key as string});

    expect(make).toThrow(/createServer needs a service key/);
    expect(make).not.toThrow(/secret/);
  },
);

test.each([undefined, null, '', 'chat.example', 'localhost:8080', 'ftp://chat.example', 7])(
  'says that %o is no url',
  (url) => {
    expect(() => createServer({url: url as string, key: 'mdk_x'})).toThrow(/createServer needs a url/);
  },
);
