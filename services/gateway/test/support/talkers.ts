/** People who talk through the SDK while nodes start and die. */
import {randomUUID} from 'node:crypto';
import {setTimeout as breathe} from 'node:timers/promises';
import {createClient, type Client} from '@madang/client/client';
import type {Frame} from '@madang/protocol/log';
import type {Message} from '@madang/protocol/messages';
import {waitFor} from '@madang/testkit/wait-for';
import {findFaults, readStored, type Sent} from './ledger.ts';

/** The pause between two sends of one talker in one room, so that the load leaves the machine some capacity. */
const breathMs = 40;

export class Talker {
  readonly client: Client;
  readonly name: string;
  readonly sent: Sent[] = [];
  /** Every message that it received, in the order in which they came. */
  readonly heard: Message[] = [];
  readonly frames: Frame[] = [];
  /** Each time that it came online, and with which node (performance.now()). */
  readonly arrivals: {node: string | undefined; at: number}[] = [];
  readonly endings: string[] = [];

  private constructor(client: Client, name: string) {
    this.client = client;
    this.name = name;
    client.on('message', (message) => this.heard.push(message));
    client.on('frame', (frame) => this.frames.push(frame));
    client.on('session:ending', ({reason}) => this.endings.push(reason));
    client.on('status', (status) => {
      if (status === 'online') this.arrivals.push({node: client.node, at: performance.now()});
    });
  }

  /** Signs in as a guest, connects and joins. */
  static async enter(url: string, name: string, roomIds: string[]): Promise<Talker> {
    const talker = new Talker(createClient({url}), name);
    await talker.client.guest({displayName: name});
    for (const roomId of roomIds) await talker.client.call('room:join', {roomId});
    return talker;
  }

  /** Sends one message after the other to each of the rooms; resolves once it was told to stop and all are answered. */
  async talk(roomIds: string[], stop: AbortSignal): Promise<void> {
    await Promise.all(
      roomIds.map(async (roomId) => {
        for (let number = 1; !stop.aborted; number += 1) {
          const clientId = randomUUID();
          const {seq} = await this.client.send(roomId, {clientId, text: `${this.name} ${number}`});
          this.sent.push({roomId, clientId, seq});
          await breathe(breathMs);
        }
      }),
    );
  }

  /** Whether it holds the room up to this message. */
  holds(roomId: string, seq: number): boolean {
    return (this.client.rooms.get(roomId)?.timeline.cursor.rev ?? 0) >= seq;
  }
}

/** Has all of them talk while something happens, and returns what they sent meanwhile. */
export async function talkDuring<Result>(
  talkers: Talker[],
  roomIds: string[],
  act: () => Promise<Result>,
): Promise<Result> {
  const stop = new AbortController();
  const talking = Promise.all(talkers.map((talker) => talker.talk(roomIds, stop.signal)));
  // If the action fails, the test should report that error.
  talking.catch(() => undefined);
  try {
    return await act();
  } finally {
    stop.abort();
    await talking;
  }
}

/** Differences between the room's log in Postgres and all talkers' timelines and events, once all have caught up. */
export async function findTalkersFaults(
  databaseUrl: string,
  roomId: string,
  talkers: Talker[],
): Promise<string[]> {
  const stored = await readStored(databaseUrl, roomId);
  const end = stored.at(-1)?.seq ?? 0;
  await waitFor(() => talkers.every((talker) => talker.holds(roomId, end)), {
    timeoutMs: 10_000,
    what: 'every talker to hold the whole log',
  });
  const sent = talkers.flatMap((talker) => talker.sent).filter((each) => each.roomId === roomId);
  const observers = new Map(
    talkers.flatMap(({name, client, heard}) => [
      [`${name}'s timeline`, client.rooms.get(roomId)?.timeline.messages ?? []],
      [`${name}'s ears`, heard.filter((message) => message.roomId === roomId)],
    ]),
  );
  // The SDK sends until it is answered, so every stored message was acknowledged in the end.
  const extra = stored.length === sent.length ? [] : [`${stored.length} stored, ${sent.length} acknowledged`];
  return [...findFaults(stored, sent, observers), ...extra];
}
