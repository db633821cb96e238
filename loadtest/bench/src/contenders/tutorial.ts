import {randomUUID} from 'node:crypto';
import {fileURLToPath} from 'node:url';
import {beginningOf, decodeEvent, startsWith} from '../framing.ts';
import {Room} from '../room.ts';
import type {Member} from '../member.ts';
import type {Contender} from './contender.ts';
import {inTurn} from './in-turn.ts';
import {SocketIoConnection} from './socket-io-connection.ts';

const message = beginningOf('message');
const signInsAtOnce = 32;

/** Express, a session, Socket.IO, the Redis adapter and one INSERT for each message, combined as in tutorials. */
export const tutorial: Contender = {
  name: 'tutorial',
  isDurable: true,
  countMessages: 'SELECT count(*)::int AS count FROM messages',

  launch: (port, {databaseUrl, redisUrl}) => ({
    file: fileURLToPath(new URL('../servers/tutorial.ts', import.meta.url)),
    args: ['--port', String(port), '--database', databaseUrl, '--redis', redisUrl],
    env: {},
  }),

  openRooms: (url, {rooms, members}) =>
    inTurn(rooms, signInsAtOnce, async () => {
      const room = randomUUID();
      const entered = await inTurn(members, signInsAtOnce, (index) => enter(url, room, `user ${index}`));
      return new Room(entered, (payload) => [(decodeEvent(payload).payload as {clientId: string}).clientId]);
    }),
};

async function enter(url: string, room: string, name: string): Promise<Member> {
  const response = await fetch(`${url}/login`, {
    method: 'POST',
    headers: {'content-type': 'application/json'},
    body: JSON.stringify({name}),
  });
  if (response.status !== 204) throw new Error(`no sign-in: ${response.status}`);
  const cookie = response.headers.getSetCookie().map((line) => line.split(';', 1)[0]);
  const connection = await SocketIoConnection.open(url, {cookie: cookie.join('; ')});
  await connection.call('join', room);

  const member: Member = {
    onPayload: () => {},
    async send(clientId, text) {
      const answer = (await connection.call('message', {room, clientId, text})) as {ok: boolean};
      if (!answer.ok) throw new Error('the tutorial server stored nothing');
    },
    close: () => connection.close(),
  };
  connection.onEvent = (packet) => {
    if (startsWith(packet, message)) member.onPayload(packet);
  };
  return member;
}
