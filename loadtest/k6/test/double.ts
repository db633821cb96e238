/**
 * A server that speaks the part of Madang that `steady-chat` needs. It keeps everything in memory, and can break promises.
 */
import {randomUUID} from 'node:crypto';
import {createServer, type IncomingMessage, type ServerResponse} from 'node:http';
import type {AddressInfo} from 'node:net';
import {Server, type Socket} from 'socket.io';

/** Done once, to one listener, with the third message of the first room. */
export type Misdeed = 'none' | 'withhold' | 'repeat' | 'swap' | 'alter' | 'forget';

export type TestDouble = {url: string; key: string; close(): Promise<void>};

type Stored = {seq: number; rev: number; clientId: string; text: string};
type Room = {id: string; members: Set<string>; log: Stored[]};
type Call = {path: string; caller: string; body: Record<string, string>};

const key = 'mdk_double';
const epoch = 'one';
const afflicted = 3;

export async function startTestDouble(misdeed: Misdeed): Promise<TestDouble> {
  const rooms = new Map<string, Room>();
  const server = createServer((request, response) => void serve(rooms, request, response));
  const io = new Server(server, {transports: ['websocket']});
  io.on('connection', (socket) => follow(rooms, socket, misdeed));
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  const {port} = server.address() as AddressInfo;
  return {url: `http://127.0.0.1:${port}`, key, close: () => io.close()};
}

/** Tokens are the users' ids, and so are tickets. */
const routes: [RegExp, (rooms: Map<string, Room>, call: Call) => unknown][] = [
  [/^PUT \/users\/(.+)$/, (_, {path}) => ({user: {id: path}})],
  [/^POST \/auth\/tickets$/, (_, {body}) => ({ticket: body.userId})],
  [/^POST \/auth\/ticket$/, (_, {body}) => ({token: body.ticket})],
  [/^POST \/auth\/logout$/, () => undefined],
  [/^GET \/me$/, () => ({})],
  [/^POST \/rooms$/, (rooms) => ({room: {id: openRoom(rooms).id}})],
  [/^DELETE \/rooms\/(.+)$/, () => ({})],
  [
    /^POST \/rooms\/(.+)\/members$/,
    (rooms, {path, body}) => rooms.get(path)?.members.add(body.userId!) && {},
  ],
  [
    /^GET \/rooms\/(.+)\/messages/,
    (rooms, {path}) => ({messages: rooms.get(path)!.log.toReversed(), more: false}),
  ],
];

async function serve(
  rooms: Map<string, Room>,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const body = JSON.parse(Buffer.concat(chunks).toString() || '{}');
  const name = `${request.method} ${request.url!.replace('/api/v1', '')}`;
  const caller = request.headers.authorization?.replace('Bearer ', '') ?? '';
  for (const [pattern, answer] of routes) {
    const match = pattern.exec(name);
    if (!match) continue;
    const result = answer(rooms, {path: match[1] ?? '', caller, body});
    response.writeHead(result === undefined ? 204 : 200, {'content-type': 'application/json'});
    response.end(result === undefined ? undefined : JSON.stringify(result));
    return;
  }
  response.writeHead(404).end(name);
}

function openRoom(rooms: Map<string, Room>): Room {
  const room: Room = {id: randomUUID(), members: new Set(), log: []};
  rooms.set(room.id, room);
  return room;
}

function follow(rooms: Map<string, Room>, socket: Socket, misdeed: Misdeed): void {
  const userId = socket.handshake.auth.token as string;
  socket.on('session:start', (_: unknown, acknowledge: (answer: unknown) => void) => {
    const mine = [...rooms.values()].filter(({members}) => members.has(userId));
    void socket.join(mine.map(({id}) => id));
    const states = mine.map(({id, log}) => ({room: {id}, epoch, head: log.length}));
    acknowledge({ok: true, data: {rooms: states, frames: []}});
  });
  socket.on('message:send', ({roomId, clientId, text}, acknowledge: (answer: unknown) => void) => {
    const room = rooms.get(roomId)!;
    const rev = room.log.length + 1;
    const message = {seq: rev, rev, clientId, text};
    room.log.push(message);
    const isAfflicted = rev === afflicted && room === rooms.values().next().value;
    for (const listener of socket.nsp.adapter.rooms.get(roomId) ?? []) {
      const isVictim = isAfflicted && listener === [...socket.nsp.adapter.rooms.get(roomId)!][1];
      const frames = framesOf(roomId, room.log, isVictim ? misdeed : 'none');
      for (const frame of frames) socket.nsp.to(listener).emit('room:log', frame);
    }
    if (isAfflicted && misdeed === 'forget') room.log[rev - 1] = {...message, clientId: randomUUID()};
    acknowledge({ok: true, data: {seq: rev, rev}});
  });
}

/** Returns what a listener is sent about the newest message. */
function framesOf(roomId: string, log: readonly Stored[], misdeed: Misdeed) {
  const [before, newest] = [log.at(-2), log.at(-1)!];
  const head = newest.rev;
  const frame = (messages: Stored[], more = {}) => ({
    roomId,
    epoch,
    after: head - 1,
    head,
    entries: messages.map((message) => ({rev: message.rev, type: 'message', message})),
    ...more,
  });
  switch (misdeed) {
    case 'withhold':
      return [frame([])];
    case 'repeat':
      return [frame([newest]), frame([{...newest, rev: head + 1}], {after: head, head: head + 1})];
    case 'swap':
      return [frame([newest, {...before!, rev: head}])];
    case 'alter':
      return [frame([{...newest, text: `${newest.text}!`}])];
    default:
      return [frame([newest])];
  }
}
