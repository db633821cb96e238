import {createServer} from 'node:http';
import {expect, test} from 'vitest';
import {serveBelow, withoutBase} from './below-path.ts';

test.each([
  ['/chat', '/'],
  ['/chat?x=1', '/?x=1'],
  ['/chat/', '/'],
  ['/chat/api/v1/me?x=/chat/', '/api/v1/me?x=/chat/'],
  ['/chat/chat/rooms', '/chat/rooms'],
  ['/chat//api/v1/me', '//api/v1/me'],
  ['/chatter', '/chatter'],
  ['/other/chat/x', '/other/chat/x'],
  ['/readyz', '/readyz'],
  ['*', '*'],
])('below /chat, %s is read as %s', (address, rest) => {
  expect(withoutBase('/chat', address)).toBe(rest);
});

test('handlers of requests and handshakes that were there before see the rest', () => {
  const http = createServer();
  const seen: string[] = [];
  for (const event of ['request', 'upgrade']) http.on(event, ({url}: {url: string}) => seen.push(url));

  serveBelow('/chat', http);
  http.emit('request', {url: '/chat/api/v1/me'});
  http.emit('upgrade', {url: '/chat/socket.io/?EIO=4'});

  expect(seen).toEqual(['/api/v1/me', '/socket.io/?EIO=4']);
});
