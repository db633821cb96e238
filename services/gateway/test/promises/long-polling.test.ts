// Where the operator allows it, people whose network lets no WebSocket through talk by long polling, through the balancer.
import {createClient, type Client} from '@madang/client/client';
import {startCluster, type ProcessCluster} from '@madang/testkit/cluster-processes';
import {RawClient, request, signInGuest} from '@madang/testkit/raw-client';
import {waitFor} from '@madang/testkit/wait-for';
import {afterAll, beforeAll, expect, onTestFinished, test} from 'vitest';

let cluster: ProcessCluster;
let url: string;
beforeAll(async () => {
  cluster = await startCluster({gateways: 3, balancer: true, env: {LONG_POLLING: 'true', TRUST_PROXY: '1'}});
  url = cluster.url!;
}, 90_000);
afterAll(() => cluster?.stop());

async function enter(name: string, transports: string[]): Promise<Client> {
  const client = createClient({url, socketOptions: {transports}});
  onTestFinished(() => client.disconnect());
  await client.guest({displayName: name});
  return client;
}

test('pollers on all nodes, one who goes over to a WebSocket and one who began with it hear all in order', async () => {
  const pollers = await Promise.all(Array.from({length: 6}, (_, no) => enter(`poller ${no}`, ['polling'])));
  const others = [await enter('mover', ['polling', 'websocket']), await enter('reader', ['websocket'])];
  const all = [...pollers, ...others];
  const {room} = await pollers[0]!.call('room:create', {title: 'Behind a proxy'});
  for (const client of all.slice(1)) await client.call('room:join', {roomId: room.id});

  for (let round = 0; round < 5; round += 1) {
    await Promise.all(all.map((client, no) => client.send(room.id, {text: `${no}, round ${round}`})));
  }

  const timelineOf = (client: Client) =>
    (client.rooms.get(room.id)?.timeline.messages ?? []).map(({seq, text}) => `${seq} ${text}`);
  await waitFor(() => all.every((client) => timelineOf(client).length === 5 * all.length), {
    timeoutMs: 10_000,
    what: 'everyone to have every message',
  });
  for (const client of all) expect(timelineOf(client)).toEqual(timelineOf(all[0]!));
  expect(new Set(pollers.map(({node}) => node)).size).toBe(3);
});

test('someone who polls is signed out at once, as over a WebSocket', async () => {
  const guest = await signInGuest(url);
  const poller = await RawClient.connect(url, guest, {transports: ['polling']});
  onTestFinished(() => poller.close());
  const ended = new Promise<number>((resolve) => {
    poller.socket.on('disconnect', () => resolve(performance.now()));
  });
  const begunAt = performance.now();

  await request(url, 'POST', '/auth/logout', {cookie: guest.cookie});

  expect((await ended) - begunAt).toBeLessThan(2_000);
  expect(poller.events('session:ending')).toMatchObject([{reason: 'signed_out'}]);
});

test('a request with the id of nobody’s connection is refused, and one without may not choose it', async () => {
  const asked = await fetch(`${url}/socket.io/?EIO=4&transport=polling&sid=__proto__`);
  const opened = await fetch(`${url}/socket.io/?EIO=4&transport=polling`);

  expect(asked.status).toBe(400);
  const {sid} = JSON.parse((await opened.text()).slice(1)) as {sid: string};
  expect(opened.headers.get('madang-connection')).toBe(sid);
});

test('a page of another site can neither begin to poll nor read the answer', async () => {
  const headers = {origin: 'https://evil.example'};

  const {status} = await fetch(`${url}/socket.io/?EIO=4&transport=polling`, {headers});

  expect(status).toBe(403);
});
