import {once} from 'node:events';
import {createServer} from 'node:net';
import {expect, onTestFinished, test} from 'vitest';
import {explainListening} from './listening.ts';

/** The error that the system gives. */
async function failureOf(host: string, port: number): Promise<NodeJS.ErrnoException> {
  const server = createServer();
  onTestFinished(() => void server.close());
  const failed = once(server, 'error');
  server.listen(port, host);
  return (await failed)[0] as NodeJS.ErrnoException;
}

test('names the variable of a port that is taken, and of an address that the machine does not have', async () => {
  const taken = createServer().listen(0, '127.0.0.1');
  onTestFinished(() => void taken.close());
  await once(taken, 'listening');
  const {port} = taken.address() as {port: number};

  const inUse = explainListening(await failureOf('127.0.0.1', port), {host: '127.0.0.1', port});
  const elsewhere = explainListening(await failureOf('192.0.2.1', 0), {
    host: '192.0.2.1',
    port: 0,
    prefix: 'METRICS_',
  });

  expect(inUse.message).toBe(`PORT: another process listens on port ${port} of 127.0.0.1.`);
  expect(elsewhere.message).toBe('METRICS_HOST: this machine has no address 192.0.2.1.');
});

test('says what to do without the right to listen on a low port', () => {
  const refused = Object.assign(new Error('listen EACCES: permission denied'), {code: 'EACCES'});

  const {message} = explainListening(refused, {host: '0.0.0.0', port: 80});

  expect(message).toMatch(/^PORT: .* port 80.*from 1024 on.*CAP_NET_BIND_SERVICE/);
});

test('leaves other errors as they are', () => {
  const other = Object.assign(new Error('odd'), {code: 'EMFILE'});

  expect(explainListening(other, {host: '::', port: 1})).toBe(other);
});
