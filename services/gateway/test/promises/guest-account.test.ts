// A guest who becomes an account keeps the id, and with it all that was written and joined.
import {createClient} from '@madang/client/client';
import {startCluster, type ProcessCluster} from '@madang/testkit/cluster-processes';
import {patientRequest, RawClient, registerAccount, signInGuest} from '@madang/testkit/raw-client';
import {waitFor} from '@madang/testkit/wait-for';
import {randomUUID} from 'node:crypto';
import {afterAll, beforeAll, expect, test} from 'vitest';

let cluster: ProcessCluster;
beforeAll(async () => {
  cluster = await startCluster({gateways: 3});
}, 90_000);
afterAll(() => cluster?.stop());

const urlOf = (no: number) => cluster.gateways[no]!.url;
const until = (what: string, condition: () => boolean) => waitFor(condition, {timeoutMs: 30_000, what});

test('fifty messages of a guest are those of the account, and the session of the guest is over', async () => {
  const guest = await signInGuest(urlOf(0));
  const before = await RawClient.connect(urlOf(0), guest);
  await before.call('session:start', {});
  const {room} = await before.call('room:create', {title: 'Stoop', ephemeral: false});
  const witness = createClient({url: urlOf(2), cookie: (await registerAccount(urlOf(2))).cookie});
  await witness.connect();
  await witness.call('room:join', {roomId: room.id});
  for (let no = 1; no <= 50; no += 1) await before.send(room.id, `from the guest ${no}`);

  const username = `kept-${randomUUID().slice(0, 6)}`;
  const body = {username, password: 'correct horse battery', keep: true};
  const kept = await patientRequest<{user: {id: string}}>(urlOf(1), 'POST', '/auth/register', {
    body,
    cookie: guest.cookie,
  });

  expect(kept).toMatchObject({
    status: 201,
    body: {user: {id: guest.user.id, kind: 'account', name: username}},
  });
  await until('the connection of the guest to end', () => before.socket.disconnected);
  expect((await patientRequest(urlOf(2), 'GET', '/me', {cookie: guest.cookie})).status).toBe(401);

  const signedIn = await patientRequest(urlOf(2), 'POST', '/auth/login', {
    body: {username, password: body.password},
  });
  const account = createClient({url: urlOf(2), cookie: signedIn.cookie!});
  await account.connect();
  await until('the room', () => account.rooms.has(room.id));
  const {messages} = await account.call('message:list', {roomId: room.id, limit: 100});
  const own = messages.filter(
    ({sender, text}) => sender.id === guest.user.id && text.startsWith('from the guest'),
  );
  expect(own).toHaveLength(50);
  await account.call('message:edit', {roomId: room.id, seq: own[0]!.seq, text: 'from the account'});
  const listed = await patientRequest<{members: object[]}>(urlOf(2), 'GET', `/rooms/${room.id}/members`, {
    cookie: witness.cookie!,
  });
  const member = {role: 'owner', user: {id: guest.user.id, kind: 'account', name: username}};
  expect(listed.body.members).toContainEqual(
    expect.objectContaining({...member, user: expect.objectContaining(member.user)}),
  );
  account.close();
  witness.close();
});

test('what a guest has not sent yet is sent by the account', async () => {
  const client = createClient({url: urlOf(0), times: {callMs: 60_000}});
  await client.guest({});
  const {room} = await client.call('room:create', {title: 'Doorway', ephemeral: false});
  client.disconnect();
  const sending = client.send(room.id, 'on its way');

  const user = await client.register({
    username: `sender-${randomUUID().slice(0, 6)}`,
    password: 'correct horse battery',
    keep: true,
  });

  expect(await sending).toMatchObject({duplicate: false});
  await until('it to be connected', () => client.status === 'online');
  const {messages} = await client.call('message:list', {roomId: room.id});
  expect(messages).toMatchObject([{text: 'on its way', sender: {id: user.id}}]);
  client.close();
});
