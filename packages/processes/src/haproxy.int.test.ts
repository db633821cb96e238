import {once} from 'node:events';
import {mkdtempSync, rmSync} from 'node:fs';
import {createServer, request} from 'node:http';
import type {IncomingHttpHeaders, IncomingMessage, Server} from 'node:http';
import {connect, type AddressInfo, type Socket} from 'node:net';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {waitFor} from '@madang/testkit/wait-for';
import {afterEach, beforeEach, expect, onTestFinished, test} from 'vitest';
import {Children} from './children.ts';
import {findFreePort} from './free-port.ts';
import {startHaproxy} from './haproxy.ts';

// What the balancer does when a node drains or stops answering. Two small servers stand in for the nodes.

interface Node {
  name: string;
  port: number;
  /** The port where its health thread answers checks, if it is not the main port. */
  healthPort?: number;
  health: 'ready' | 'draining' | 'silent';
  server: Server;
  tunnels: Set<Socket>;
  /** The requests that it received, as method and path. */
  asked: string[];
  /** The paths for which it has nothing. */
  lacks: Set<string>;
}

let dir: string;
let children: Children;
let nodes: [Node, Node];
let url: string;

beforeEach(async () => {
  dir = mkdtempSync(join(tmpdir(), 'madang-haproxy-'));
  children = new Children(join(dir, 'run'), dir);
  nodes = [await startNode('a'), await startNode('b')];
  const port = await findFreePort();
  await startHaproxy({children, dir, port, servers: nodes});
  url = `http://127.0.0.1:${port}`;
});

afterEach(async () => {
  await children.close();
  for (const {server, tunnels} of nodes) {
    for (const tunnel of tunnels) tunnel.destroy();
    server.closeAllConnections();
    server.close();
  }
  rmSync(dir, {recursive: true, force: true});
});

async function startNode(name: string): Promise<Node> {
  const server = createServer((incoming, answer) => {
    if (incoming.url !== '/readyz') {
      node.asked.push(`${incoming.method} ${incoming.url}`);
      if (node.lacks.has(incoming.url!)) answer.statusCode = 404;
      const begun = /begins=([\w-]+)/.exec(incoming.url!)?.[1];
      if (begun) answer.setHeader('Madang-Connection', begun);
      answer.end(JSON.stringify({name, headers: incoming.headers}));
    } else if (node.health !== 'silent') answer.writeHead(node.health === 'ready' ? 200 : 503).end();
  });
  const node: Node = {
    name,
    port: 0,
    health: 'ready',
    server,
    tunnels: new Set(),
    asked: [],
    lacks: new Set(),
  };
  server.on('upgrade', (_, socket: Socket) => {
    node.tunnels.add(socket);
    socket.resume();
    socket.on('error', () => undefined);
    socket.on('end', () => socket.destroy());
    socket.on('close', () => node.tunnels.delete(socket));
    const lines = ['HTTP/1.1 101 Switching Protocols', 'Upgrade: websocket', 'Connection: Upgrade'];
    socket.write(`${[...lines, 'Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo='].join('\r\n')}\r\n\r\n`);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  node.port = (server.address() as AddressInfo).port;
  return node;
}

async function ask(
  headers: Record<string, string> = {},
): Promise<{name: string; headers: IncomingHttpHeaders}> {
  const answer = await fetch(url, {headers});
  return (await answer.json()) as {name: string; headers: IncomingHttpHeaders};
}

/** Starts a second balancer, on another port, with these variables. */
async function startAnother(env: Record<string, string>): Promise<number> {
  const port = await findFreePort();
  const elsewhere = mkdtempSync(join(dir, 'another-'));
  await startHaproxy({children, dir: elsewhere, port, name: 'another', servers: nodes, env});
  return port;
}

const said = {
  'x-forwarded-for': '6.6.6.6, 192.0.2.7',
  'x-forwarded-proto': 'https',
  'x-forwarded-host': 'chat.example',
};

async function openTunnel(through = url): Promise<Socket> {
  const opening = request(through, {
    headers: {
      connection: 'Upgrade',
      upgrade: 'websocket',
      'sec-websocket-version': '13',
      'sec-websocket-key': 'dGhlIHNhbXBsZSBub25jZQ==',
    },
  });
  opening.end();
  const [, socket] = (await once(opening, 'upgrade')) as [unknown, Socket];
  socket.on('error', () => undefined);
  socket.resume();
  return socket;
}

test('leads all requests of a long-polling connection to the node whose answer began it', async () => {
  const opened = await Promise.all(
    Array.from({length: 20}, async (_, no) => {
      const {name} = (await (await fetch(`${url}/socket.io/?begins=connection-${no}`)).json()) as {
        name: string;
      };
      return {sid: `connection-${no}`, name};
    }),
  );
  expect(new Set(opened.map(({name}) => name)).size).toBe(2);

  for (const {sid, name} of [...opened, ...opened]) {
    const answer = (await (await fetch(`${url}/socket.io/?transport=polling&sid=${sid}`)).json()) as {
      name: string;
    };
    expect(answer.name).toBe(name);
  }
});

test('replaces what a client says about itself', async () => {
  const {headers} = await ask({
    'x-forwarded-for': '6.6.6.6',
    'x-forwarded-proto': 'https',
    'x-forwarded-host': 'elsewhere.example',
    forwarded: 'for=6.6.6.6',
  });

  expect(headers).toMatchObject({
    'x-forwarded-for': '127.0.0.1',
    'x-forwarded-proto': 'http',
    'x-forwarded-host': headers.host,
  });
  expect(headers.forwarded).toBeUndefined();
});

test('extends what a trusted balancer in front of it says, so that gateways can read it from the end', async () => {
  const port = await startAnother({TRUSTED_PROXIES: '192.0.2.0/24 127.0.0.1'});

  const answer = await fetch(`http://127.0.0.1:${port}`, {headers: said});

  const {headers} = (await answer.json()) as {headers: IncomingHttpHeaders};
  expect(headers).toMatchObject({
    'x-forwarded-for': '6.6.6.6, 192.0.2.7, 127.0.0.1',
    'x-forwarded-proto': 'https, http',
    'x-forwarded-host': `chat.example, 127.0.0.1:${port}`,
  });
});

test('replaces what a client says that is none of the trusted balancers', async () => {
  const port = await startAnother({TRUSTED_PROXIES: '192.0.2.0/24'});

  const answer = await fetch(`http://127.0.0.1:${port}`, {headers: said});

  expect(((await answer.json()) as {headers: IncomingHttpHeaders}).headers).toMatchObject({
    'x-forwarded-for': '127.0.0.1',
    'x-forwarded-proto': 'http',
    'x-forwarded-host': `127.0.0.1:${port}`,
  });
});

/** Another address of this machine: HAProxy's readiness check sends no PROXY header, so it must not come from this one. */
const BALANCER = '127.0.0.2';

/** Returns what a gateway receives from a request on a connection that begins with a PROXY header. */
async function askByProxyProtocol(port: number): Promise<string> {
  const socket = connect({port, host: '127.0.0.1', localAddress: BALANCER});
  socket.setEncoding('utf8');
  socket.write('PROXY TCP4 203.0.113.9 127.0.0.1 4711 80\r\n');
  socket.write(
    'GET / HTTP/1.1\r\nHost: chat.example\r\nX-Forwarded-For: 6.6.6.6\r\nConnection: close\r\n\r\n',
  );
  let answer = '';
  socket.on('data', (part) => (answer += part));
  await once(socket, 'close');
  return answer;
}

test('reads the PROXY header of a trusted balancer, and nobody else may name an address by it', async () => {
  const trusting = await startAnother({TRUSTED_PROXIES: BALANCER, PROXY_PROTOCOL: 'true'});

  expect(await askByProxyProtocol(trusting)).toContain('"x-forwarded-for":"203.0.113.9"');
});

test('refuses a PROXY header of anyone else', async () => {
  const port = await startAnother({TRUSTED_PROXIES: '192.0.2.0/24', PROXY_PROTOCOL: 'true'});

  expect(await askByProxyProtocol(port)).toMatch(/^HTTP\/1\.1 400 /);
});

test('gives the next WebSocket to the node with the fewest', async () => {
  const tunnels = [await openTunnel(), await openTunnel(), await openTunnel(), await openTunnel()];

  expect(nodes.map((node) => node.tunnels.size)).toEqual([2, 2]);
  for (const tunnel of tunnels) tunnel.destroy();
});

test('finds a file of the web client on whichever node has its version', async () => {
  const [older, newer] = nodes;
  older.lacks.add('/assets/new.js');
  newer.lacks.add('/assets/old.js');

  for (const [path, has] of [
    ['/assets/new.js', newer],
    ['/assets/old.js', older],
  ] as const) {
    const answers = await Promise.all(Array.from({length: 20}, () => fetch(url + path)));
    expect(new Set(answers.map(({status}) => status))).toEqual(new Set([200]));
    expect(has.asked.filter((asked) => asked === `GET ${path}`)).toHaveLength(20);
  }
});

test('asks one node only where nothing is found, unless it is a file of the web client', async () => {
  for (const {lacks} of nodes) lacks.add('/api/v1/rooms/x').add('/assets/none.js');

  for (const [method, path, times] of [
    ['GET', '/api/v1/rooms/x', 1],
    ['POST', '/api/v1/rooms/x', 1],
    ['POST', '/assets/none.js', 1],
    ['GET', '/assets/none.js', 4],
  ] as const) {
    expect((await fetch(url + path, {method})).status).toBe(404);
    const asked = nodes.flatMap((node) => node.asked);
    expect(asked.filter((each) => each === `${method} ${path}`)).toHaveLength(times);
  }
});

test('hands no call on whose body does not come', async () => {
  const sending = request(`${url}/api/v1/auth/guest`, {method: 'POST', headers: {'content-length': '1000'}});
  const dripping = setInterval(() => sending.write(' '), 500);
  onTestFinished(() => clearInterval(dripping));
  sending.on('error', () => undefined);
  const [answer] = (await once(sending, 'response')) as [IncomingMessage];

  expect(answer.statusCode).toBe(408);
  expect(nodes.flatMap(({asked}) => asked)).not.toContain('POST /api/v1/auth/guest');
  sending.destroy();
}, 30_000);

test('lets a draining node keep its connections, and gives it no new ones', async () => {
  const tunnels = [await openTunnel(), await openTunnel()];
  const [draining, other] = nodes;

  draining.health = 'draining';
  // Ten in a row: if both took turns, five would have gone to it.
  await waitFor(
    async () => {
      const answers = await Promise.all(Array.from({length: 10}, () => ask()));
      return answers.every(({name}) => name === other.name);
    },
    {timeoutMs: 5_000, what: 'the other node to get everything', everyMs: 100},
  );

  expect(draining.tunnels.size).toBe(1);
  for (const tunnel of tunnels) tunnel.destroy();
});

test('keeps the connections of a node that is too busy to answer, as long as it says beside that how it is', async () => {
  const [busy] = nodes;
  let checks = 0;
  const beside = createServer((_, answer) => void ((checks += 1), answer.end()));
  beside.listen(0, '127.0.0.1');
  onTestFinished(() => void beside.close());
  await once(beside, 'listening');
  busy.healthPort = (beside.address() as AddressInfo).port;
  const port = await findFreePort();
  await startHaproxy({children, dir, port, name: 'haproxy-beside', servers: [busy]});
  const tunnel = await openTunnel(`http://127.0.0.1:${port}`);

  busy.health = 'silent';
  const already = checks;

  // If every check were late, this would take far longer than the eight seconds after which a silent node is removed.
  await waitFor(() => checks > already + 40, {timeoutMs: 60_000, what: 'forty checks'});
  expect(busy.tunnels.size).toBe(1);
  tunnel.destroy();
}, 90_000);

test('cuts the connections of a node that has fallen silent, so that its clients go elsewhere', async () => {
  const tunnels = [await openTunnel(), await openTunnel()];
  const [silent, other] = nodes;

  silent.health = 'silent';

  await waitFor(() => silent.tunnels.size === 0, {timeoutMs: 8_000, what: 'its connections to end'});
  expect(other.tunnels.size).toBe(1);
  for (const tunnel of tunnels) tunnel.destroy();
});
