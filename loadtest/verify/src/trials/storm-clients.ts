/**
 * A process of Socket.IO clients with the library's own reconnection. It sends its parent a message whenever all of them
 * are connected and have resumed: storm-clients.ts <url> <how many>
 */
import {io, type Socket} from 'socket.io-client';
import {path} from '../../../../packages/client/src/http.ts';
import type {WireError} from '@madang/protocol/errors';
import {request, signInGuest, type SignedIn} from '@madang/testkit/raw-client';

/** A session may connect 120 times a minute. */
const perSession = 20;
const atOnceInTheBeginning = 100;
const retryMs = 500;

const [url, wanted] = [process.argv[2]!, Number(process.argv[3])];
const resumed = new Set<Socket>();

const guests: SignedIn[] = [];
let roomId = '';
for (let index = 0; index < wanted / perSession; index += 1) {
  const guest = await signInGuest(url);
  guests.push(guest);
  if (index === 0) {
    const {body} = await request<{room: {id: string}}>(url, 'POST', '/rooms', {
      cookie: guest.cookie,
      body: {title: 'Courtyard', ephemeral: false},
    });
    roomId = body.room.id;
  } else await request(url, 'POST', path`/rooms/${roomId}/join`, {cookie: guest.cookie, body: {}});
}
for (let index = 0; index < wanted; index += 1) {
  follow(guests[index % guests.length]!);
  if (index % atOnceInTheBeginning === 0) await new Promise((resolve) => setTimeout(resolve, 200));
}

function follow(who: SignedIn): void {
  const socket = io(url, {
    transports: ['websocket'],
    forceNew: true,
    extraHeaders: {cookie: who.cookie},
  });
  socket.on('connect', () => resume(socket));
  socket.on('disconnect', () => resumed.delete(socket));
  // Socket.IO does not reconnect by itself after a refused handshake.
  socket.on('connect_error', (error: Error & {data?: WireError}) => {
    if (!socket.active) setTimeout(() => socket.connect(), error.data?.retryAfterMs ?? retryMs);
  });
}

function resume(socket: Socket): void {
  socket.timeout(5_000).emit('session:start', {}, (error: Error | null, answer?: {ok: boolean}) => {
    if (!socket.connected) return;
    if (error || !answer?.ok) return void setTimeout(() => socket.connected && resume(socket), retryMs);
    resumed.add(socket);
    if (resumed.size === wanted) process.send!('complete');
  });
}
