import {once} from 'node:events';
import {createServer, type RequestListener, type ServerResponse} from 'node:http';
import type {AddressInfo} from 'node:net';
import {afterEach, expect, test} from 'vitest';
import {createLane, type LaneRule} from '../lanes/lane.ts';
import {inTurn, type RequestLaneOptions} from './request-lane.ts';

const closing: (() => void)[] = [];
afterEach(() => closing.splice(0).forEach((close) => close()));

async function serve(handle: RequestListener, rule: Partial<LaneRule>) {
  const queued = count();
  // Called for requests that have to wait.
  const byOf: RequestLaneOptions['byOf'] = ({headers}) => {
    queued.add();
    return {tenant: 'default', address: headers['x-address'] as string};
  };
  const lane = createLane({running: 1, waiting: 1_000, heldMs: 600_000, ...rule});
  const server = createServer(inTurn(handle, {lane, byOf}));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  closing.push(() => {
    server.close();
    server.closeAllConnections();
  });
  const {port} = server.address() as AddressInfo;
  const get = (path: string, address = 'a') =>
    fetch(`http://127.0.0.1:${port}${path}`, {headers: {'x-address': address}});
  return {get, queued};
}

function count() {
  let seen = 0;
  let heard = () => {};
  return {
    add() {
      seen += 1;
      heard();
    },
    async until(wanted: number): Promise<void> {
      while (seen < wanted) await new Promise<void>((resolve) => (heard = resolve));
    },
  };
}

/** An application that answers when the test says so. */
function holding() {
  const held: ServerResponse[] = [];
  const begun: string[] = [];
  const started = count();
  const handle: RequestListener = ({url = ''}, res) => {
    begun.push(url);
    held.push(res);
    started.add();
  };
  return {handle, begun, until: started.until, answerNext: () => held.shift()?.end('done')};
}

test('lets so many requests in at once, and the others as those are answered', async () => {
  let active = 0;
  let most = 0;
  const {get} = await serve(
    (_req, res) => {
      active += 1;
      most = Math.max(most, active);
      res.once('close', () => (active -= 1));
      setTimeout(() => res.end(), 5);
    },
    {running: 2},
  );

  const answers = await Promise.all(Array.from({length: 40}, () => get('/')));

  expect(answers.every(({status}) => status === 200)).toBe(true);
  expect(most).toBe(2);
});

test('gives an address its turn before another has its next', async () => {
  const app = holding();
  const {get, queued} = await serve(app.handle, {running: 1, waiting: 8});
  const answers = [get('/first')];
  await app.until(1);
  for (const path of ['/a1', '/a2', '/a3']) answers.push(get(path));
  await queued.until(3);
  answers.push(get('/b', 'b'));
  await queued.until(4);
  const refused: unknown = await (await get('/one-too-many')).json();
  for (let done = 1; done <= 5; done += 1) {
    await app.until(done);
    app.answerNext();
  }
  await Promise.all(answers);

  expect(refused).toMatchObject({error: {code: 'overloaded', retryable: true, retryAfterMs: 1_000}});
  expect(app.begun[2]).toBe('/b');
});

test('a request that takes long no longer holds up the others', async () => {
  const handle: RequestListener = ({url}, res) => void (url === '/slow' || res.end('done'));
  const {get} = await serve(handle, {running: 2, heldMs: 20});
  for (let count = 0; count < 10; count += 1) get('/slow').catch(() => undefined);

  expect((await get('/fast', 'b')).status).toBe(200);
});

test('answers `overloaded` where the turn comes too late, and goes on', async () => {
  const app = holding();
  const {get, queued} = await serve(app.handle, {withinMs: 0});
  const first = get('/first');
  await app.until(1);
  const late = get('/late');
  await queued.until(1);
  const probe = get('/livez', 'b');
  await app.until(2);
  app.answerNext();
  app.answerNext();

  expect((await Promise.all([first, late, probe])).map(({status}) => status)).toEqual([200, 503, 200]);
});
