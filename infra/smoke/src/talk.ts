import {patiently} from '@madang/testkit/patience';
/** People who talk through the balancer while things happen to the cluster, and the check of their messages at the end. */
import {randomUUID} from 'node:crypto';
import {setTimeout as breathe} from 'node:timers/promises';
import {createClient, type Client} from '../../../packages/client/src/client.ts';
import {waitFor} from '@madang/testkit/wait-for';

export type Talk = {
  clients: Client[];
  /** Returns the longest time without a connection of any client since the last call, in milliseconds. */
  takeLongestGapMs(): number;
  /** Returns how many connections were lost since the last call. */
  takeLosses(): number;
  acknowledged(): number;
  /** Ends the talk and waits until everyone has everything. Returns what is wrong: nothing, if all is well. */
  finish(): Promise<string[]>;
};

type Person = {
  client: Client;
  name: string;
  roomId: string;
  sent: Map<string, number>;
  heard: {clientId: string; seq: number}[];
  faults: string[];
};

/** Makes rooms of four guests, each of whom sends a message every `everyMs`. */
export async function startTalk(
  url: string,
  {rooms = 5, everyMs = 500}: {rooms?: number; everyMs?: number} = {},
): Promise<Talk> {
  const people: Person[] = [];
  const gaps = followConnections();
  for (let number = 1; number <= rooms; number += 1) {
    const group = await Promise.all(['a', 'b', 'c', 'd'].map((name) => enter(url, `${number}${name}`)));
    const owner = group[0]?.client;
    if (!owner) throw new Error('nobody is there');
    const {room} = await owner.call('room:create', {title: `Smoke ${number}`, ephemeral: false});
    await Promise.all(
      group.slice(1).map(({client}) => patiently(() => client.call('room:join', {roomId: room.id}))),
    );
    people.push(...group.map((each) => ({...each, roomId: room.id})));
  }
  for (const person of people) {
    gaps.watch(person.client);
    listen(person);
  }
  const stop = new AbortController();
  const talking = Promise.all(people.map((person) => speak(person, everyMs, stop.signal)));

  return {
    clients: people.map(({client}) => client),
    takeLongestGapMs: gaps.takeLongest,
    takeLosses: gaps.takeLosses,
    acknowledged: () => people.reduce((sum, {sent}) => sum + sent.size, 0),
    async finish() {
      stop.abort();
      await waitFor(() => people.every(({client}) => client.outbox.entries.length === 0), {
        timeoutMs: 120_000,
        what: 'every send to be acknowledged',
      });
      await talking;
      const faults = await findFaults(people);
      for (const {client} of people) client.close();
      return faults;
    },
  };
}

async function enter(url: string, name: string) {
  const client = createClient({url});
  await patiently(() => client.guest({displayName: name}));
  await client.connect();
  return {client, name, roomId: '', sent: new Map<string, number>(), heard: [], faults: []};
}

function listen({client, roomId, heard, faults}: Person): void {
  client.on('message', (message) => {
    if (message.roomId === roomId) heard.push(message);
  });
  client.on('signedOut', ({code}) => faults.push(`was signed out: ${code}`));
}

async function speak(person: Person, everyMs: number, stop: AbortSignal): Promise<void> {
  const {client, roomId, name, sent, faults} = person;
  const sends: Promise<void>[] = [];
  for (let number = 1; !stop.aborted; number += 1) {
    const clientId = randomUUID();
    sends.push(
      client.send(roomId, {clientId, text: `${name} ${number}`}).then(
        ({seq}) => void sent.set(clientId, seq),
        (error: unknown) => void faults.push(`could not send: ${error}`),
      ),
    );
    await breathe(everyMs);
  }
  await Promise.all(sends);
}

async function findFaults(people: Person[]): Promise<string[]> {
  const faults = people.flatMap(({name, faults: own}) => own.map((fault) => `${name} ${fault}`));
  for (const roomId of new Set(people.map((person) => person.roomId))) {
    const group = people.filter((person) => person.roomId === roomId);
    const sent = new Map(group.flatMap((person) => [...person.sent]));
    await waitFor(() => group.every(({heard}) => heard.length >= sent.size), {
      timeoutMs: 20_000,
      what: `room ${roomId} to hear ${sent.size} messages`,
    }).catch(() => undefined);
    for (const person of group) faults.push(...compare(person, sent));
  }
  return faults;
}

function compare({name, heard}: Person, sent: Map<string, number>): string[] {
  const seen = new Map(heard.map(({clientId, seq}) => [clientId, seq]));
  const missing = [...sent].filter(([clientId, seq]) => seen.get(clientId) !== seq).length;
  const isOrdered = heard.every(({seq}, index) => index === 0 || seq > heard[index - 1]!.seq);
  return [
    ...(missing > 0 ? [`${name} did not hear ${missing} acknowledged messages`] : []),
    ...(seen.size < heard.length ? [`${name} heard ${heard.length - seen.size} messages twice`] : []),
    ...(isOrdered ? [] : [`${name} heard messages out of order`]),
  ];
}

function followConnections() {
  const lostAt = new Map<Client, number>();
  let longest = 0;
  let losses = 0;
  const count = (client: Client) => {
    const at = lostAt.get(client);
    if (at !== undefined) longest = Math.max(longest, performance.now() - at);
  };
  return {
    watch(client: Client) {
      client.on('status', (status) => {
        if (status === 'online') {
          count(client);
          lostAt.delete(client);
        } else if (!lostAt.has(client)) {
          losses += 1;
          lostAt.set(client, performance.now());
        }
      });
    },
    takeLongest() {
      for (const client of lostAt.keys()) count(client);
      const taken = longest;
      longest = 0;
      return Math.round(taken);
    },
    takeLosses() {
      const taken = losses;
      losses = 0;
      return taken;
    },
  };
}
