import {randomUUID} from 'node:crypto';
import {resolve} from 'node:path';
import {fileURLToPath} from 'node:url';
import type {WireError} from '@madang/protocol/errors';
import type {Acknowledgement} from '@madang/protocol/events';
import type {Frame} from '@madang/protocol/log';
import type {RoomState} from '@madang/protocol/rooms';
import {beginningOf, decodeEvent, startsWith} from '../framing.ts';
import {patiently} from '@madang/testkit/patience';
import {Room} from '../room.ts';
import {Violation} from '../transcript.ts';
import type {Member, ReadPayload} from '../member.ts';
import type {Contender} from './contender.ts';
import {inTurn} from './in-turn.ts';
import {SocketIoConnection} from './socket-io-connection.ts';

const checkout = fileURLToPath(new URL('../../../../', import.meta.url));
const roomLog = beginningOf('room:log');
const signInsAtOnce = 32;
const roomsAtOnce = 4;
const joinsAtOnce = 8;

/** Madang from the given checkout. */
export const madangOf = (name: 'madang' | 'before', folder: string): Contender => ({
  name,
  isDurable: true,
  countMessages: 'SELECT count(*)::int AS count FROM messages',

  launch: (port, {databaseUrl, redisUrl}) => ({
    file: resolve(folder, 'services/gateway/src/main.ts'),
    args: [],
    env: {
      PORT: String(port),
      METRICS_PORT: '0',
      DATABASE_URL: databaseUrl,
      REDIS_URL: redisUrl,
      SESSION_SECRET: randomUUID(),
      // The driver stands in for the balancer, and gives each guest a different address.
      TRUST_PROXY: '1',
      HANDSHAKES_PER_SECOND: '10000',
    },
  }),

  async openRooms(url, {rooms, members}) {
    const connections = await inTurn(rooms * members, signInsAtOnce, (index) => enter(url, index));
    return inTurn(rooms, roomsAtOnce, (index) =>
      gather(connections.slice(index * members, (index + 1) * members)),
    );
  },
});

export const madang = madangOf('madang', checkout);

async function enter(url: string, index: number): Promise<SocketIoConnection> {
  const address = `10.${(index >> 16) & 255}.${(index >> 8) & 255}.${index & 255}`;
  const cookie = await patiently(() => signInGuest(url, address));
  return SocketIoConnection.open(url, {cookie, 'x-forwarded-for': address});
}

async function signInGuest(url: string, address: string): Promise<string> {
  const response = await fetch(`${url}/api/v1/auth/guest`, {
    method: 'POST',
    headers: {'content-type': 'application/json', 'x-forwarded-for': address},
    body: '{}',
  });
  const body = (await response.json()) as {error?: WireError};
  if (body.error) throw new Refusal('a guest', body.error);
  const cookies = response.headers.getSetCookie().map((line) => line.split(';', 1)[0]);
  return cookies.join('; ');
}

async function gather([owner, ...others]: SocketIoConnection[]): Promise<Room> {
  const created = await patiently(() =>
    ask<RoomState>(owner!, 'room:create', {title: 'bench', ephemeral: false}),
  );
  const roomId = created.room.id;
  const states = await inTurn(others.length, joinsAtOnce, (index) =>
    patiently(() => ask<RoomState>(others[index]!, 'room:join', {roomId})),
  );
  if (states.some(({epoch, head}) => epoch !== created.epoch || head !== created.head))
    throw new Violation('members of a silent room were given different positions');
  const members = [owner!, ...others].map((connection) => memberOf(connection, roomId));
  return new Room(members, followLog(created));
}

function memberOf(connection: SocketIoConnection, roomId: string): Member {
  const member: Member = {
    onPayload: () => {},
    async send(clientId, text) {
      await patiently(() => ask(connection, 'message:send', {roomId, clientId, text}));
    },
    close: () => connection.close(),
  };
  connection.onEvent = (packet) => {
    if (startsWith(packet, roomLog)) member.onPayload(packet);
  };
  return member;
}

/** The protocol's reader rules without the repairs: on an undisturbed node, none may be needed. */
function followLog({room, epoch, head}: RoomState): ReadPayload {
  let cursor = head;
  return (payload) => {
    const frame = decodeEvent(payload).payload as Frame;
    const revs = frame.entries.map(({rev}) => rev);
    const isContinuation = frame.roomId === room.id && frame.epoch === epoch && frame.after === cursor;
    const isWhole =
      frame.head === cursor + revs.length && revs.every((rev, index) => rev === cursor + index + 1);
    if (!isContinuation || !isWhole)
      throw new Violation(`room ${room.id} is at rev ${cursor}, but got: ${payload}`);
    cursor = frame.head;
    return frame.entries.map(({message}) => message?.clientId ?? 'an entry without a message');
  };
}

async function ask<Data>(connection: SocketIoConnection, event: string, input: unknown): Promise<Data> {
  const answer = (await connection.call(event, input)) as Acknowledgement<Data>;
  if (!answer.ok) throw new Refusal(event, answer.error);
  return answer.data;
}

class Refusal extends Error {
  readonly error: WireError;

  constructor(what: string, error: WireError) {
    super(`${what}: ${error.code} ${error.message}`);
    this.error = error;
  }
}
