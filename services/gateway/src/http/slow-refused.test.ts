import {once} from 'node:events';
import {createServer} from 'node:http';
import type {AddressInfo} from 'node:net';
import {expect, onTestFinished, test} from 'vitest';
import {slowRefused} from './slow-refused.ts';

const addressOf = ({headers}: {headers: Record<string, unknown>}) => String(headers['x-address']);

/** A server that answers with the status in its path; an address may have `burst` refusals, and hardly any more. */
async function serve(burst: number, mostWaiting?: number) {
  const server = createServer(
    slowRefused((req, res) => void res.writeHead(Number(req.url!.slice(1))).end(), {
      addressOf,
      pace: {burst, perSecond: 0.001},
      mostWaiting,
    }),
  );
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  const {port} = server.address() as AddressInfo;
  return async (address: string, status: number) => {
    const answer = await fetch(`http://127.0.0.1:${port}/${status}`, {headers: {'x-address': address}});
    const body = await answer.text();
    return {status: answer.status, headers: answer.headers, body};
  };
}

test('an address that is refused again and again waits for the next answer, whatever that is', async () => {
  const ask = await serve(3);
  for (const status of [400, 413, 429, 503]) await ask('a', status);
  const order: string[] = [];
  const waits = ask('a', 200).then(() => order.push('a'));
  await ask('b', 200).then(() => order.push('b'));
  await waits;

  expect(order).toEqual(['b', 'a']);
});

test('another address does not wait, and neither does one whose requests succeed', async () => {
  const ask = await serve(3);
  for (let count = 0; count < 10; count += 1) await ask('b', 200);
  for (let count = 0; count < 4; count += 1) await ask('a', 400);
  const order: string[] = [];
  await Promise.all([
    ask('a', 200).then(() => order.push('a')),
    ask('b', 200).then(() => order.push('b')),
    ask('c', 404).then(() => order.push('c')),
  ]);

  expect(order.at(-1)).toBe('a');
});

test('what finds the waiting line full is refused and its connection closed, and other addresses pass', async () => {
  const ask = await serve(3, 2);
  for (let count = 0; count < 4; count += 1) await ask('a', 400);
  const waiting = [ask('a', 200), ask('a', 200)];

  const refused = await Promise.race([ask('a', 200), ...waiting]);

  expect(refused).toMatchObject({status: 503, body: expect.stringContaining('"overloaded"')});
  expect(refused.headers.get('connection')).toBe('close');
  expect(refused.headers.get('retry-after')).toBe('2');
  expect((await ask('b', 200)).status).toBe(200);
  expect((await Promise.all(waiting)).map(({status}) => status)).toEqual([200, 200]);
});
