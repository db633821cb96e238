/** What one can do to a cluster, with and without breaking rules of the protocol. */
import {randomUUID} from 'node:crypto';
import {setTimeout as delay} from 'node:timers/promises';
import {answerOf, type Attacker} from './attacker.ts';
import {hugePng} from './huge-png.ts';

export type Attack = {
  name: string;
  says: string;
  /** Runs longer than the others, because it was the worst. */
  seconds?: number;
  act(attacker: Attacker): Promise<void>;
};

const api = '/api/v1';
const atOnce = 30;
const retryMs = 200;
const uploadBoundary = 'a-boundary';

export const attacks: Attack[] = [
  {
    name: 'emoji-names',
    says: 'guests with a name of 60 kB',
    seconds: 60,
    act: (attacker) =>
      attacker.flood(atOnce, () =>
        attacker.send('POST', `${api}/auth/guest`, {body: {displayName: '👩‍👩‍👧‍👦'.repeat(2_400)}}),
      ),
  },
  {
    name: 'guests',
    says: 'as many guests as there can be',
    seconds: 60,
    act: (attacker) => attacker.flood(atOnce, () => attacker.newGuest()),
  },
  {
    name: 'locked-rooms',
    says: 'rooms with a password, each of which is hashed',
    seconds: 60,
    act: (attacker) =>
      floodCalls(attacker, (calls) =>
        calls.call('room:create', {title: 'Vault', password: randomUUID(), ephemeral: false}),
      ),
  },
  {
    name: 'rooms',
    says: 'rooms that stay',
    act: (attacker) =>
      floodCalls(attacker, (calls) => calls.call('room:create', {title: 'Den', ephemeral: false})),
  },
  {
    name: 'room-updates',
    says: 'a room that is changed all the time',
    async act(attacker) {
      const calls = await attacker.enter();
      const roomId = await ownRoom(attacker, calls);
      await attacker.flood(atOnce, () => calls.call('room:update', {roomId, title: randomUUID()}));
      calls.socket.close();
    },
  },
  {
    name: 'stays',
    says: 'joining and leaving',
    act: (attacker) =>
      floodCalls(attacker, async (calls) => {
        const roomId = attacker.targets.publicRoomId;
        await calls.call('room:join', {roomId});
        await calls.call('room:leave', {roomId});
      }),
  },
  {
    name: 'profiles',
    says: 'a profile that is changed all the time',
    act: (attacker) =>
      floodCalls(attacker, (calls) => calls.call('user:update', {color: `#${randomUUID().slice(0, 6)}`})),
  },
  {
    name: 'direct-rooms',
    says: 'direct rooms with everyone',
    act: (attacker) =>
      floodCalls(attacker, async (calls) => {
        const found = await calls.call<{users: {id: string}[]}>('user:list', {limit: 200});
        const userIds = found?.users.map(({id}) => id) ?? attacker.targets.userIds;
        for (const userId of userIds) await calls.call('direct:open', {userId});
      }),
  },
  {
    name: 'directory',
    says: 'the list of people, over and over',
    act: (attacker) => floodCalls(attacker, (calls) => calls.call('user:list', {limit: 200})),
  },
  {
    name: 'people-search',
    says: 'looking for people by parts of names',
    act: (attacker) =>
      floodCalls(attacker, (calls) => calls.call('user:list', {query: randomUUID().slice(0, 3)})),
  },
  {
    name: 'additions',
    says: 'putting one person into private rooms',
    act: (attacker) =>
      floodCalls(attacker, async (calls) => {
        const room = {title: 'Trap', visibility: 'private', ephemeral: false};
        const state = await calls.call<{room: {id: string}}>('room:create', room);
        const [userId] = attacker.targets.userIds;
        if (state) await calls.call('member:add', {roomId: state.room.id, userId});
      }),
  },
  {
    name: 'sockets',
    says: 'sockets that are opened and held',
    async act(attacker) {
      const cookie = await attacker.newGuest();
      const held: {close(): void}[] = [];
      await attacker.flood(10, async () => {
        if (cookie === undefined) return;
        held.push(await attacker.connect(cookie));
        attacker.note('opened');
      });
      for (const socket of held) socket.close();
    },
  },
  {
    name: 'dripping-uploads',
    says: 'uploads that come byte by byte',
    act: (attacker) =>
      withCookie(attacker, 12, (cookie) =>
        drip(attacker, `${api}/files`, {
          cookie,
          'content-type': `multipart/form-data; boundary=${uploadBoundary}`,
          'content-length': '5000000',
        }),
      ),
  },
  {
    name: 'large-images',
    says: 'small files that are large images',
    act: (attacker) =>
      withCookie(attacker, 4, (cookie) =>
        attacker.send('POST', `${api}/files`, {
          cookie,
          body: asUpload(hugePng()),
          headers: {'content-type': `multipart/form-data; boundary=${uploadBoundary}`},
        }),
      ),
  },
  {
    name: 'deep-json',
    says: 'JSON of 30,000 levels',
    act: (attacker) =>
      attacker.flood(atOnce, () =>
        attacker.send('POST', `${api}/auth/login`, {body: '['.repeat(30_000) + ']'.repeat(30_000)}),
      ),
  },
  {
    name: 'slow-bodies',
    says: 'bodies that come byte by byte, from nobody in particular',
    act: (attacker) =>
      attacker.flood(50, () =>
        drip(attacker, `${api}/auth/guest`, {'content-type': 'application/json', 'content-length': '60000'}),
      ),
  },
  {
    name: 'plain-socket-io',
    says: 'GET /socket.io/ without a WebSocket',
    act: (attacker) =>
      attacker.flood(atOnce, () => attacker.send('GET', '/socket.io/?EIO=4&transport=websocket')),
  },
  {
    name: 'room-passwords',
    says: 'guessing the password of a room, ten times as each guest',
    act: (attacker) =>
      attacker.flood(10, async () => {
        const cookie = await attacker.newGuest();
        for (let guesses = 0; cookie !== undefined && guesses < 10 && !attacker.stop.aborted; guesses += 1) {
          const path = `${api}/rooms/${attacker.targets.lockedRoomId}/join`;
          await attacker.send('POST', path, {cookie, body: {password: randomUUID()}});
        }
      }),
  },
  {
    name: 'account-passwords',
    says: 'one wrong password after the other, at every account',
    act: (attacker) =>
      attacker.flood(10, async () => {
        for (const username of attacker.targets.usernames) {
          if (attacker.stop.aborted) return;
          const body = {username, password: `${username}-2026`};
          await attacker.send('POST', `${api}/auth/login`, {body});
        }
      }),
  },
  {
    name: 'hosts',
    says: 'host names that nobody has',
    act: (attacker) =>
      attacker.flood(atOnce, () =>
        attacker.send('GET', `${api}/auth/providers`, {headers: {host: `${randomUUID()}.example`}}),
      ),
  },
];

type Enter = Awaited<ReturnType<Attacker['enter']>>;

async function floodCalls(attacker: Attacker, act: (calls: Enter) => Promise<unknown>): Promise<void> {
  const calls = await attacker.enter();
  await attacker.flood(atOnce, () => act(calls));
  calls.socket.close();
}

/** Returns a room of the attacker. It repeats the request until there is one, because the attack needs a target. */
async function ownRoom(attacker: Attacker, calls: Enter): Promise<string | undefined> {
  while (!attacker.stop.aborted) {
    const state = await calls
      .call<{room: {id: string}}>('room:create', {title: 'Den'})
      .catch(() => undefined);
    if (state) return state.room.id;
    await delay(retryMs);
  }
  return undefined;
}

async function withCookie(
  attacker: Attacker,
  times: number,
  act: (cookie: string) => Promise<unknown>,
): Promise<void> {
  const cookie = await attacker.newGuest();
  if (cookie !== undefined) await attacker.flood(times, () => act(cookie));
}

/** Sends a request whose body comes one byte every half second, until it is cut off or the attack ends. */
async function drip(attacker: Attacker, path: string, headers: Record<string, string>): Promise<void> {
  const request = attacker.begin('POST', path, {headers});
  const timer = setInterval(() => request.write(' '), 500);
  const end = () => request.destroy(new Error('given up'));
  attacker.stop.addEventListener('abort', end, {once: true});
  try {
    attacker.note((await answerOf(request)).status);
  } finally {
    clearInterval(timer);
    attacker.stop.removeEventListener('abort', end);
    request.destroy();
  }
}

function asUpload(image: Buffer): Buffer {
  const head = `--${uploadBoundary}\r\nContent-Disposition: form-data; name="file"; filename="a.png"\r\nContent-Type: image/png\r\n\r\n`;
  return Buffer.concat([Buffer.from(head), image, Buffer.from(`\r\n--${uploadBoundary}--\r\n`)]);
}
