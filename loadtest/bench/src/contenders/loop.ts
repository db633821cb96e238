import {randomUUID} from 'node:crypto';
import {once} from 'node:events';
import {fileURLToPath} from 'node:url';
import {Room} from '../room.ts';
import {Violation} from '../transcript.ts';
import type {Member} from '../member.ts';
import type {Contender} from './contender.ts';
import {inTurn} from './in-turn.ts';
import {openWebSocket} from './socket-io-connection.ts';

const connectsAtOnce = 32;

/**
 * A loop of `send` over bare WebSockets, without sign-in, store or acknowledgement: the minimum cost of one write a
 * message.
 */
export const loop: Contender = {
  name: 'loop',
  isDurable: false,
  countMessages: '',

  launch: (port) => ({
    file: fileURLToPath(new URL('../servers/loop.ts', import.meta.url)),
    args: ['--port', String(port)],
    env: {},
  }),

  openRooms: (url, {rooms, members}) =>
    inTurn(rooms, connectsAtOnce, async () => {
      const room = randomUUID();
      const entered = await inTurn(members, connectsAtOnce, () => enter(url, room));
      return new Room(entered, (payload) => [
        (JSON.parse(payload.toString()) as {clientId: string}).clientId,
      ]);
    }),
};

async function enter(url: string, room: string): Promise<Member> {
  const socket = openWebSocket(`${url.replace('http', 'ws')}/${room}`, {});
  let isClosing = false;
  socket.on('close', (code) => {
    if (!isClosing) throw new Violation(`the loop closed a connection (${code})`);
  });
  await once(socket, 'open');
  const member: Member = {
    onPayload: () => {},
    async send(clientId, text) {
      socket.send(JSON.stringify({clientId, text}));
    },
    close() {
      isClosing = true;
      socket.terminate();
    },
  };
  socket.on('message', (payload: Buffer) => member.onPayload(payload));
  return member;
}
