// Promise 9: a node that is busy for seconds does not count as dead. Dropping its clients would make all of them
// reconnect, and make every node busier.
import {randomUUID} from 'node:crypto';
import {once} from 'node:events';
import {afterAll, beforeAll, expect, test} from 'vitest';
import {startCluster, type GatewayProcess, type ProcessCluster} from '@madang/testkit/cluster-processes';
import {patiently} from '@madang/testkit/patience';
import {RawClient, registerAccount, signInGuest} from '@madang/testkit/raw-client';
import {waitFor} from '@madang/testkit/wait-for';
import {findFreePort} from '@madang/processes/free-port';

const blockedMs = 6_500;

let cluster: ProcessCluster;
let inspectorPort: number;
beforeAll(async () => {
  inspectorPort = await findFreePort();
  const inspected = {NODE_OPTIONS: `--inspect=127.0.0.1:${inspectorPort}`};
  cluster = await startCluster({
    gateways: 2,
    balancer: true,
    env: (gateway) => (gateway === 0 ? inspected : {}),
  });
}, 90_000);
afterAll(() => cluster?.stop());

/** Keeps the event loop of the first gateway busy, with a debugger. */
async function block(ms: number): Promise<{over: Promise<void>}> {
  const [target] = (await (await fetch(`http://127.0.0.1:${inspectorPort}/json/list`)).json()) as {
    webSocketDebuggerUrl: string;
  }[];
  const inspector = new WebSocket(target!.webSocketDebuggerUrl);
  await once(inspector, 'open');
  const expression = `for (const end = performance.now() + ${ms}; performance.now() < end; ) { }`;
  inspector.send(JSON.stringify({id: 1, method: 'Runtime.evaluate', params: {expression}}));
  const over = once(inspector, 'message').then(() => inspector.close());
  return {over};
}

/** Opens connections through the balancer, which spreads them over the nodes; returns each with its node's name. */
function connectAll(count: number): Promise<{client: RawClient; node: string}[]> {
  return Promise.all(
    Array.from({length: count}, async () => {
      const client = await RawClient.connect(cluster.url!, await signInGuest(cluster.url!));
      return {client, node: (await patiently(() => client.call('session:start', {}))).node};
    }),
  );
}

test('a gateway whose event loop stands still for six seconds keeps its sockets behind HAProxy, and serves on', async () => {
  const [busy, other] = cluster.gateways as [GatewayProcess, GatewayProcess];
  const owner = await RawClient.connect(other.url, await registerAccount(other.url));
  const {room} = await patiently(() => owner.call('room:create', {title: 'Busy'}));
  const connections = await connectAll(6);
  const clients = connections.map(({client}) => client);
  const ofBusy = connections.find(({node}) => node === busy.name)!.client;
  for (const client of clients) await patiently(() => client.call('room:join', {roomId: room.id}));
  const ends: string[] = [];
  for (const {socket} of clients) socket.on('disconnect', (reason) => ends.push(reason));

  const {over} = await block(blockedMs);
  const said = {roomId: room.id, clientId: randomUUID(), text: 'said meanwhile'};
  await patiently(() => owner.call('message:send', said), {forMs: 30_000});
  await over;
  const answer = await waitFor(() => ofBusy.send(room.id, 'said by one of its own').catch(() => undefined), {
    timeoutMs: 15_000,
    what: 'the node to serve again',
  });

  expect(answer.seq).toBeGreaterThan(0);
  for (const client of clients) {
    await waitFor(() => client.frames(room.id).some(({head}) => head >= answer.rev), {
      timeoutMs: 15_000,
      what: 'everybody to have heard both',
    });
  }
  expect(ends).toEqual([]);
  const isChosen = async () => {
    const newcomers = await connectAll(2);
    for (const {client} of newcomers) client.close();
    return newcomers.some(({node}) => node === busy.name);
  };
  await waitFor(isChosen, {timeoutMs: 20_000, what: 'the node to be given newcomers'});
  for (const {client} of connections) client.close();
  owner.close();
});
