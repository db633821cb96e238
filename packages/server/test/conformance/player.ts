/** Plays the cluster in a conformance case, and records every request that the case does not contain. */
import {createServer, type IncomingMessage, type ServerResponse} from 'node:http';
import type {AddressInfo} from 'node:net';
import {setImmediate as turn} from 'node:timers/promises';
import {isDeepStrictEqual} from 'node:util';
import type {Answer, Exchange, ExpectedRequest, Json} from './cases.ts';

export const conformanceKey = 'mdk_conformance';

/** Tolerance for the clocks of two processes, and for timers that end a little early. */
const slackMs = 20;
const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[1-8][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

export type Play = {url: string; faults: () => string[]; close: () => void};

export async function play(exchanges: Exchange[]): Promise<Play> {
  const faults: string[] = [];
  const drawn = new Set<string>();
  let [count, answeredAt] = [0, 0];
  const server = createServer((req, res) => {
    void (async () => {
      const exchange = exchanges[count];
      count += 1;
      const body = Buffer.concat(await req.toArray()).toString();
      if (!exchange) {
        faults.push(`request ${count} is one too many: ${req.method} ${req.url}`);
        return res.writeHead(410).end();
      }
      const {request, answer, afterMs = 0} = exchange;
      const waitedMs = performance.now() - answeredAt;
      if (waitedMs < afterMs - slackMs) faults.push(`request ${count} came after ${waitedMs} ms`);
      faults.push(...faultsIn(req, body, request, drawn).map((fault) => `request ${count}: ${fault}`));
      answeredAt = performance.now();
      return send(res, answer);
    })().catch((error: unknown) => void faults.push(String(error)));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    faults: () => (count < exchanges.length ? [...faults, `only ${count} requests came`] : faults),
    close() {
      server.closeAllConnections();
      server.close();
    },
  };
}

function faultsIn(
  req: IncomingMessage,
  body: string,
  expected: ExpectedRequest,
  drawn: Set<string>,
): string[] {
  const [path = '', query = ''] = req.url!.split('?', 2);
  const wantsJson = expected.body !== undefined;
  const came = {
    method: req.method,
    path,
    query: sorted(new URLSearchParams(query)),
    authorization: req.headers.authorization,
    type: wantsJson ? req.headers['content-type'] : undefined,
    user: req.headers['madang-as-user'],
    body: body === '' ? undefined : named(JSON.parse(body) as Json, expected.body, drawn),
  };
  const wanted = {
    method: expected.method,
    path: expected.path,
    query: expected.query ?? {},
    authorization: `Bearer ${conformanceKey}`,
    type: wantsJson ? 'application/json' : undefined,
    user: expected.headers?.['madang-as-user'],
    body: expected.body,
  };
  const faults = Object.keys(wanted)
    .map((name) => name as keyof typeof wanted)
    .filter((name) => !isDeepStrictEqual(came[name], wanted[name]))
    .map((name) => `${name} is ${JSON.stringify(came[name])}, not ${JSON.stringify(wanted[name])}`);
  return drawn.size > 1 ? [...faults, `another UUID was drawn: ${[...drawn].join(' and ')}`] : faults;
}

function sorted(query: URLSearchParams): Record<string, string[]> {
  return Object.fromEntries([...new Set(query.keys())].map((name) => [name, query.getAll(name)]));
}

/** Returns the body with `$uuid` where the case has it and a UUID came. */
function named(body: Json, expected: Json | undefined, drawn: Set<string>): Json {
  if (!isObject(body) || !isObject(expected)) return body;
  const fields = Object.entries(body).map(([name, value]) => {
    if (expected[name] !== '$uuid' || typeof value !== 'string' || !uuid.test(value)) return [name, value];
    drawn.add(value);
    return [name, '$uuid'];
  });
  return Object.fromEntries(fields) as Json;
}

const isObject = (value: Json | undefined): value is {[name: string]: Json} =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

async function send(res: ServerResponse, answer: Answer): Promise<unknown> {
  if (answer === 'silent') return undefined;
  if (answer === 'lost') return res.destroy();
  if (answer === 'broken') {
    res.writeHead(200, {'content-type': 'application/json', 'content-length': 100}).write('{"user":');
    await turn();
    return res.destroy();
  }
  const {status, headers, body, text, parts} = answer;
  const type = body === undefined ? {} : {'content-type': 'application/json'};
  res.writeHead(status, {...type, ...headers});
  const bytes = Buffer.from(text ?? (body === undefined ? '' : JSON.stringify(body)));
  if (!parts) return res.end(bytes);
  for (let at = 0; at < bytes.length; at += 3) {
    res.write(bytes.subarray(at, at + 3));
    await turn();
  }
  return res.end();
}
