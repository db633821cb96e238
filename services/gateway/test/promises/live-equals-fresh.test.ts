// Promise 4, no silent loss, as one property: an old snapshot plus all events equals a fresh read. After 500 random
// operations by five people on three nodes, each client that followed live shows the same as one that reads everything
// again.
import {afterAll, beforeAll, expect, test} from 'vitest';
import {createClient, type Client} from '@madang/client/client';
import type {CallName} from '@madang/protocol/calls';
import type {Acknowledgement} from '@madang/protocol/events';
import {RawClient, signInGuest, type SignedIn} from '@madang/testkit/raw-client';
import {waitFor} from '@madang/testkit/wait-for';
import {startGateways, type Gateways} from '../support/gateways.ts';

const people = 5;
const operationCount = 500;
/** Operations under way at once, so that they interleave. */
const together = 4;
const maxRooms = 8;

let cluster: Gateways;
beforeAll(async () => {
  cluster = await startGateways(3);
});
afterAll(() => cluster.stop());

test('after 500 random operations a client that followed live equals one that reads everything again', async () => {
  const seed = Number(process.env['SEED'] ?? Math.floor(Math.random() * 2 ** 31));
  const random = randomOf(seed);
  const cast = await Promise.all(Array.from({length: people}, (_, index) => enter(index)));
  const world = new World(cast.map(({acting}) => acting));
  const [, traveller] = cast;

  for (let done = 0; done < operationCount; done += together) {
    // One of them is away for a while, and resumes from its cursors.
    if (done === 200) traveller!.following.disconnect();
    if (done === 300) await traveller!.following.connect();
    await Promise.all(Array.from({length: together}, () => world.operate(random)));
  }

  expect(world.failures).toEqual([]);
  // Refused operations were refused for good, so this many took effect.
  expect(world.successes).toBeGreaterThan(operationCount / 5);
  for (const {who, following} of cast) {
    const fresh = await follow(who, cluster.urls[2]!);
    const expected = await viewOf(fresh, await countMembers(fresh));
    await waitFor(
      async () => {
        // Digests tell who is online; here it is everyone.
        expect(await viewOf(following), `seed ${seed}`).toEqual(expected);
        return true;
      },
      {
        timeoutMs: 15_000,
        what: `${who.user.name} to show what a fresh client shows (seed ${seed})`,
        everyMs: 500,
      },
    );
    fresh.close();
  }
  for (const {acting, following} of cast) {
    acting.close();
    following.close();
  }
}, 60_000);

type Person = {who: SignedIn; acting: RawClient; following: Client};

/** A user who acts over one connection and watches over another one, on another node. */
async function enter(index: number): Promise<Person> {
  const urlOf = (at: number) => cluster.urls[at % cluster.urls.length]!;
  const who = await signInGuest(urlOf(index), `person ${index}`);
  const [acting, following] = await Promise.all([
    RawClient.connect(urlOf(index), who),
    follow(who, urlOf(index + 1)),
  ]);
  return {who, acting, following};
}

async function follow({cookie}: SignedIn, url: string): Promise<Client> {
  const client = createClient({url, cookie});
  await client.connect();
  return client;
}

/** The number of members of each room, by its id. All of them are connected. */
async function countMembers(client: Client): Promise<Map<string, number>> {
  const counts = [...client.rooms.keys()].map(async (roomId) => {
    const {room} = await client.call('room:get', {roomId});
    return [roomId, room.memberCount!] as const;
  });
  return new Map(await Promise.all(counts));
}

/**
 * Everything that a client can show; `online`, if given, replaces its counts. Member counts are not in the log, so a
 * client asks for them.
 */
async function viewOf(client: Client, given?: Map<string, number>) {
  const rooms = [];
  for (const {id, timeline} of [...client.rooms.values()].sort((a, b) => (a.id < b.id ? -1 : 1))) {
    while (await client.loadEarlier(id, 200));
    const {
      room: {memberCount: _, online: __, ...room},
      membership,
      unread,
      prefs,
      online,
    } = client.rooms.get(id)!.state;
    rooms.push({
      room,
      membership,
      unread,
      prefs,
      online: given?.get(id) ?? online,
      cursor: timeline.cursor,
      messages: timeline.messages,
    });
  }
  return rooms;
}

/** What the people can do to their rooms and each other, at random. Most attempts are allowed. */
class World {
  readonly failures: string[] = [];
  successes = 0;
  readonly #people: RawClient[];
  readonly #rooms: string[] = [];
  readonly #messages: {roomId: string; seq: number; sender: RawClient}[] = [];
  #made = 0;

  constructor(people: RawClient[]) {
    this.#people = people;
  }

  async operate(random: Random): Promise<void> {
    const actor = random.of(this.#people)!;
    const roomId = random.of(this.#rooms);
    if (roomId === undefined || (this.#rooms.length < maxRooms && random.chance(0.03)))
      return this.#create(actor, random);
    const message = random.of(
      this.#messages.filter((each) => each.roomId === roomId && each.sender === actor),
    );
    const userId = random.of(this.#people)!.user.id;
    const member = {roomId, userId};
    const seq = message?.seq ?? 1;
    const anyones = random.of(this.#messages.filter((each) => each.roomId === roomId))?.seq ?? 1;
    const root = this.#messages.find((each) => each.roomId === roomId)?.seq ?? 1;
    const n = (this.#made += 1);
    const later = new Date(Date.now() + 600_000).toISOString();
    const choices: [weight: number, operation: CallName, input: object][] = [
      [24, 'message:send', {roomId, clientId: crypto.randomUUID(), text: `message ${n}`}],
      [6, 'message:send', {roomId, clientId: crypto.randomUUID(), ...this.#mentioning(random, n)}],
      [8, 'message:send', {roomId, clientId: crypto.randomUUID(), text: `reply ${n}`, threadOf: root}],
      [10, 'message:edit', {roomId, seq, text: `edited ${n}`}],
      [2, 'message:edit', {roomId, seq, data: {n}}],
      [1, 'message:edit', {roomId, seq, data: null}],
      [6, 'message:delete', {roomId, seq}],
      [
        12,
        'reaction:set',
        {roomId, seq: anyones, emoji: random.of(['👍', '❤️', '👨‍👩‍👧‍👦']), on: random.chance(0.7)},
      ],
      [6, 'message:pin', {roomId, seq: anyones, on: random.chance(0.7)}],
      [16, 'room:join', {roomId}],
      [5, 'room:leave', {roomId}],
      [6, 'member:remove', member],
      [5, 'member:add', member],
      [3, 'member:update', {...member, banned: true}],
      [4, 'member:update', {...member, banned: false}],
      [3, 'member:update', {...member, mutedUntil: later}],
      [3, 'member:update', {...member, mutedUntil: null}],
      [3, 'member:update', {...member, role: 'moderator'}],
      [2, 'member:update', {...member, role: 'member'}],
      [1, 'member:update', {...member, role: 'owner'}],
      [5, 'room:update', {roomId, title: `title ${n}`}],
      [2, 'room:update', {roomId, data: random.of([{n}, null])}],
      [1, 'room:truncate', {roomId, before: seq}],
      [0.5, 'room:truncate', {roomId}],
      [2, 'room:update', {roomId, visibility: random.of(['public', 'private'])}],
      [6, 'read:mark', {roomId, seq}],
      [2, 'read:mark', {roomId, seq, back: true}],
      [1, 'room:prefs', {roomId, level: random.of(['all', 'mentions', 'none'])}],
      [this.#rooms.length > 3 ? 0.5 : 0, 'room:close', {roomId}],
    ];
    const [, operation, input] = random.weighted(choices);
    const result = await this.#call<{seq: number}>(actor, operation, input);
    if (operation === 'message:send' && result) this.#messages.push({roomId, seq: result.seq, sender: actor});
  }

  #mentioning(random: Random, n: number) {
    const mentioned = random.of(this.#people)!.user;
    const notify = random.of(['room', 'here', undefined] as const);
    const name = mentioned.displayName ?? mentioned.name;
    return {text: `@${name} message ${n}`, mentions: [mentioned.id], ...(notify && {notify})};
  }

  async #create(actor: RawClient, random: Random): Promise<void> {
    const visibility = random.chance(0.8) ? 'public' : 'private';
    const input = {title: `room ${(this.#made += 1)}`, visibility, ephemeral: false};
    const state = await this.#call<{room: {id: string}}>(actor, 'room:create', input);
    if (state) this.#rooms.push(state.room.id);
  }

  /** The result; undefined if it was refused. Retries while the machine is too busy. */
  async #call<Result>(actor: RawClient, operation: CallName, input: object): Promise<Result | undefined> {
    const answer = await waitFor(
      async () => {
        const asked = (await actor.ask(operation, input as never)) as Acknowledgement<Result>;
        return (asked.ok || !asked.error.retryable || asked.error.code === 'internal') && asked;
      },
      {timeoutMs: 10_000, what: `${operation} to be answered`},
    );
    if (answer.ok) {
      this.successes += 1;
      return answer.data;
    }
    const {code, message} = answer.error;
    // The root of a thread may have been truncated meanwhile.
    const isRootGone = code === 'invalid' && message.startsWith('threadOf:');
    if (['internal', 'invalid', 'unauthenticated'].includes(code) && !isRootGone) {
      this.failures.push(`${operation} ${JSON.stringify(input)}: ${code}: ${message}`);
    }
    return undefined;
  }
}

type Random = ReturnType<typeof randomOf>;

/** Numbers that depend only on the seed (mulberry32). */
function randomOf(seed: number) {
  let state = seed;
  const next = () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  return {
    chance: (share: number) => next() < share,
    of: <Value>(values: readonly Value[]): Value | undefined => values[Math.floor(next() * values.length)],
    weighted<Choice extends readonly [number, ...unknown[]]>(choices: readonly Choice[]): Choice {
      let left = next() * choices.reduce((sum, [weight]) => sum + weight, 0);
      return choices.find(([weight]) => (left -= weight) < 0) ?? choices[0]!;
    },
  };
}
