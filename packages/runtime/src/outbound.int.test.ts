import {execFileSync} from 'node:child_process';
import {subscribe, unsubscribe} from 'node:diagnostics_channel';
import {mkdtempSync, readFileSync, rmSync} from 'node:fs';
import {createServer as createHttp, type RequestListener} from 'node:http';
import {createServer as createHttps} from 'node:https';
import {createServer as createTcp, type AddressInfo, type Server} from 'node:net';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {getCACertificates, setDefaultCACertificates} from 'node:tls';
import {afterAll, afterEach, beforeAll, beforeEach, expect, test} from 'vitest';
import {compileAllowed} from './outbound-address.ts';
import {createOutbound, outboundAnswerBytes, OutboundError} from './outbound.ts';

const timeoutMs = 10_000;
const dir = mkdtempSync(join(tmpdir(), 'madang-outbound-'));
const servers: Server[] = [];
/** Sockets that this process has opened, to any address. */
let opened = 0;
const count = () => (opened += 1);

beforeAll(() => subscribe('net.client.socket', count));
beforeEach(() => (opened = 0));
afterEach(async () => {
  for (const server of servers.splice(0)) await new Promise((resolve) => server.close(resolve));
});
afterAll(() => {
  unsubscribe('net.client.socket', count);
  rmSync(dir, {recursive: true});
});

async function listen(server: Server, host: string, port = 0): Promise<number> {
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(port, host, resolve));
  return (server.address() as AddressInfo).port;
}

function serve(answer: RequestListener): Promise<number> {
  return listen(createHttp(answer), '127.0.0.2');
}

const reasonOf = (asked: Promise<unknown>) =>
  asked.then(
    () => 'answered',
    (error: unknown) => (error instanceof OutboundError ? error.reason : error),
  );

/** The address of a name that an attacker keeps changing: the first answer, then others. */
const names: Record<string, string[][]> = {
  'private.example': [['10.0.0.5']],
  'loopback.example': [['127.0.0.1']],
  'loopback6.example': [['::1']],
  'mapped.example': [['::ffff:127.0.0.1']],
  'metadata.example': [['169.254.169.254']],
  'mixed.example': [['93.184.215.14', '127.0.0.1']],
  'mixed6.example': [['2606:4700::1111', '::1']],
  'allowed-and-not.example': [['127.0.0.2', '127.0.0.1']],
  'none.example': [[]],
};
const hosts = `
  127.0.0.1 127.1 2130706433 0x7f000001 0177.0.0.1 0x7f.1 0 0.0.0.0 ①②⑦.0.0.1
  10.0.0.1 172.16.0.1 192.168.1.1 100.64.0.1 169.254.169.254 198.18.0.1 224.0.0.1 255.255.255.255
  [::1] [::] [::ffff:127.0.0.1] [::ffff:7f00:1] [::127.0.0.1] [64:ff9b::127.0.0.1] [64:ff9b:1::7f00:1]
  [2002:7f00:1::] [2001:0:7f00:1::] [fe80::1] [fd00:ec2::254] [fec0::1] [ff02::1]
  localhost LOCALHOST localhost.`;
const targets = [...hosts.trim().split(/\s+/), ...Object.keys(names)];

test.each(targets)('opens no connection to https://%s, where nothing is allowed', async (host) => {
  const accepted: unknown[] = [];
  const port = await listen(
    createTcp((socket) => accepted.push(socket.destroy())),
    '127.0.0.1',
  );
  const resolve = (name: string) => Promise.resolve(names[name]![0]!);
  const outbound = createOutbound({
    allowed: compileAllowed([]),
    ...(host in names ? {resolve} : {}),
  });

  const reasons = await Promise.all(
    [`https://${host}:${port}/keys`, `http://${host}:${port}/keys`].map((address) =>
      reasonOf(outbound.request(address, {timeoutMs})),
    ),
  );

  expect(reasons.every((reason) => reason === 'address' || reason === 'unresolved')).toBe(true);
  expect({opened, accepted}).toEqual({opened: 0, accepted: []});
});

test.each([
  'http://93.184.215.14/',
  'ftp://127.0.0.2/',
  'file:///etc/passwd',
  'data:application/json,{}',
  'gopher://127.0.0.2/',
  '//127.0.0.2/',
  '127.0.0.2',
  '',
  'https://',
  'javascript:1',
  'https://u:p@127.0.0.2/',
])('opens no connection for %j', async (address) => {
  const outbound = createOutbound({allowed: compileAllowed(['127.0.0.2'])});

  expect(await reasonOf(outbound.request(address, {timeoutMs}))).toBe('address');
  expect(opened).toBe(0);
});

test('asks for a name once, and connects to what was checked, wherever the name leads a moment later', async () => {
  const port = await serve((_req, res) => res.end('as checked'));
  const rebound: unknown[] = [];
  await listen(
    createTcp((socket) => rebound.push(socket.destroy())),
    '127.0.0.1',
    port,
  );
  let asked = 0;
  const resolve = () => Promise.resolve([(asked += 1) === 1 ? '127.0.0.2' : '127.0.0.1']);
  const outbound = createOutbound({allowed: compileAllowed(['127.0.0.2']), resolve});

  const {body} = await outbound.request(`http://rebinding.example:${port}/`, {timeoutMs});

  expect({body: String(body), asked, rebound}).toEqual({body: 'as checked', asked: 1, rebound: []});
  expect(await reasonOf(outbound.request(`http://rebinding.example:${port}/`, {timeoutMs}))).toBe('address');
  expect({asked, rebound}).toEqual({asked: 2, rebound: []});
});

test.each([301, 302, 303, 307, 308])('hands a redirect %i back and does not follow it', async (status) => {
  const seen: unknown[] = [];
  const port = await serve((req, res) => {
    seen.push(req.url);
    res.writeHead(status, {location: `http://127.0.0.2:${port}/next`}).end();
  });
  const outbound = createOutbound({allowed: compileAllowed(['127.0.0.2'])});

  const answer = await outbound.request(`http://127.0.0.2:${port}/first`, {timeoutMs});

  expect({status: answer.status, seen, opened}).toEqual({status, seen: ['/first'], opened: 1});
});

test('sends method, headers and body, and the name as the host', async () => {
  const port = await serve((req, res) => {
    const {host, 'x-own': own, 'accept-encoding': encoding} = req.headers;
    const said = {method: req.method, host, own, encoding};
    void req
      .toArray()
      .then((chunks) => res.end(JSON.stringify({...said, body: String(Buffer.concat(chunks as Buffer[]))})));
  });
  const resolve = () => Promise.resolve(['127.0.0.2']);
  const outbound = createOutbound({allowed: compileAllowed(['127.0.0.0/8']), resolve});

  const {status, body} = await outbound.request(`http://hooks.example:${port}/`, {
    method: 'POST',
    headers: {'x-own': 'yes', 'accept-encoding': 'gzip'},
    body: 'tell',
    timeoutMs,
  });

  expect({status, said: JSON.parse(String(body))}).toEqual({
    status: 200,
    said: {method: 'POST', host: `hooks.example:${port}`, own: 'yes', encoding: 'identity', body: 'tell'},
  });
});

test('gives up on a server that switches to another protocol', async () => {
  const port = await serve((req) => {
    req.socket.end('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: other\r\n\r\n');
  });
  const outbound = createOutbound({allowed: compileAllowed(['127.0.0.2'])});

  const reason = await reasonOf(outbound.request(`http://127.0.0.2:${port}/`, {timeoutMs}));

  expect(reason).toBe('unreachable');
});

test('reads an answer of 64 KiB, and cuts off one that is larger or never ends', async () => {
  let isCut: Promise<unknown> | undefined;
  const port = await serve((req, res) => {
    if (req.url === '/full') return res.end(Buffer.alloc(outboundAnswerBytes, 'x'));
    isCut = new Promise((resolve) => res.once('close', resolve));
    const more = (): void => {
      while (!res.destroyed && res.write(Buffer.alloc(16_384)));
      if (!res.destroyed) res.once('drain', more);
    };
    more();
  });
  const outbound = createOutbound({allowed: compileAllowed(['127.0.0.2'])});

  const {body} = await outbound.request(`http://127.0.0.2:${port}/full`, {timeoutMs});
  const reason = await reasonOf(outbound.request(`http://127.0.0.2:${port}/endless`, {timeoutMs}));
  await isCut;

  expect({bytes: body.length, reason}).toEqual({bytes: outboundAnswerBytes, reason: 'too large'});
});

test('gives up what is not answered, not finished or not resolved in time', async () => {
  const port = await serve((req, res) => {
    if (req.url === '/half') res.writeHead(200).write('half');
  });
  const outbound = createOutbound({allowed: compileAllowed(['127.0.0.2'])});
  const unresolved = createOutbound({allowed: compileAllowed([]), resolve: () => new Promise(() => {})});

  const reasons = await Promise.all([
    ...['silent', 'half'].map((path) =>
      reasonOf(outbound.request(`http://127.0.0.2:${port}/${path}`, {timeoutMs: 300})),
    ),
    // The last two wait behind names that are never resolved.
    ...['a', 'b', 'c', 'd'].map((name) =>
      reasonOf(unresolved.request(`https://${name}.example/`, {timeoutMs: 300})),
    ),
  ]);

  expect(reasons).toEqual(Array(6).fill('time-out'));
});

test('over https the certificate must be of the name that was asked for, by an authority that is known', async () => {
  const [key, cert] = [join(dir, 'key.pem'), join(dir, 'cert.pem')];
  const subject = ['-subj', '/CN=id.example', '-addext', 'subjectAltName=DNS:id.example'];
  const made = [
    'req',
    '-x509',
    '-newkey',
    'ec',
    '-pkeyopt',
    'ec_paramgen_curve:P-256',
    '-nodes',
    '-days',
    '1',
  ];
  execFileSync('openssl', [...made, ...subject, '-keyout', key, '-out', cert], {stdio: 'pipe'});
  const server = createHttps({key: readFileSync(key), cert: readFileSync(cert)}, (_req, res) =>
    res.end('keys'),
  );
  const port = await listen(server, '127.0.0.2');
  const resolve = () => Promise.resolve(['127.0.0.2']);
  const outbound = createOutbound({allowed: compileAllowed(['127.0.0.2']), resolve});

  expect(await reasonOf(outbound.request(`https://id.example:${port}/`, {timeoutMs}))).toBe('unreachable');
  const known = getCACertificates('default');
  setDefaultCACertificates([...known, readFileSync(cert, 'utf8')]);
  try {
    const {body} = await outbound.request(`https://id.example:${port}/`, {timeoutMs});

    expect(String(body)).toBe('keys');
    expect(await reasonOf(outbound.request(`https://other.example:${port}/`, {timeoutMs}))).toBe(
      'unreachable',
    );
  } finally {
    setDefaultCACertificates(known);
  }
});
