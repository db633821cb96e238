import {createServer} from 'node:net';
import type {AddressInfo} from 'node:net';
import {createServer as createHttpsServer} from 'node:https';
import {generate} from 'selfsigned';
import {expect, test} from 'vitest';
import {explainUnreachable} from './unreachable.ts';

const failureOf = (url: string, init?: RequestInit) =>
  fetch(url, init).then(
    () => undefined,
    (error: unknown) => explainUnreachable(error, url),
  );
async function listening(server: ReturnType<typeof createServer>): Promise<number> {
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  return (server.address() as AddressInfo).port;
}

test('tells an address where nobody listens', async () => {
  const server = createServer();
  const port = await listening(server);
  await new Promise((resolve) => server.close(resolve));

  for (const host of ['127.0.0.1', 'localhost']) {
    expect(await failureOf(`http://${host}:${port}`)).toMatchObject({
      reason: 'unreachable',
      cause: 'ECONNREFUSED',
      message: expect.stringContaining(`http://${host}:${port} cannot be reached: ECONNREFUSED`),
    });
  }
});

test('tells a name that does not exist', async () => {
  expect(await failureOf('http://chat.invalid')).toMatchObject({
    reason: 'unreachable',
    cause: expect.stringMatching(/^(ENOTFOUND|EAI_AGAIN)$/),
  });
});

test('tells a certificate that is refused', async () => {
  const pem = await generate([{name: 'commonName', value: '127.0.0.1'}]);
  const server = createHttpsServer({key: pem.private, cert: pem.cert});
  const port = await listening(server);

  const failure = await failureOf(`https://127.0.0.1:${port}`);
  await new Promise((resolve) => server.close(resolve));

  expect(failure).toMatchObject({reason: 'certificate', message: expect.stringContaining('certificate')});
  expect(failure?.cause).toMatch(/SELF_SIGNED|CERT/);
});

test('tells that nobody answered in time', async () => {
  const server = createServer();
  const port = await listening(server);

  const failure = await failureOf(`http://127.0.0.1:${port}`, {signal: AbortSignal.timeout(50)});
  server.close();

  expect(failure).toMatchObject({reason: 'timeout'});
});

test('lists what it can be where the cause is hidden, as in a browser', () => {
  const {reason, message} = explainUnreachable(new TypeError('Failed to fetch'), 'https://chat.example');

  expect(reason).toBe('unknown');
  for (const word of ['https://chat.example', 'cannot be reached', 'origin', 'certificate'])
    expect(message).toContain(word);
});
