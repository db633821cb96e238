import {createServer} from 'node:http';
import type {AddressInfo} from 'node:net';
import {Server} from 'socket.io';
import {expect, onTestFinished, test} from 'vitest';
import {clientFaults} from './clients.ts';

const later = Object.assign(new Error('later'), {
  data: {code: 'unavailable', message: 'later', retryable: true},
});

test('readers that stall come again where another fault has a node put them off', async () => {
  const http = createServer((request, answer) => {
    if (request.url !== '/api/v1/auth/guest') return;
    answer.writeHead(201, {'set-cookie': 'sid=secret'}).end('{"user":{"id":"ann"}}');
  });
  const server = new Server(http);
  let refusals = 3;
  server.use((_, next) => next(refusals-- > 0 ? later : undefined));
  server.on('connection', (socket) => {
    socket.onAny((_event, _input, acknowledge) => acknowledge({ok: true, data: {rooms: []}}));
  });
  await new Promise<void>((resolve) => void http.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    // Not awaited: a client that does not read does not receive the event.
    void server.close();
    http.closeAllConnections();
  });
  const url = `http://127.0.0.1:${(http.address() as AddressInfo).port}`;

  const fault = clientFaults.find(({kind}) => kind === 'stalled readers')!;
  const heal = await fault.begin({cluster: {url}} as never);

  expect(server.sockets.sockets.size).toBe(8);
  await heal();
});
