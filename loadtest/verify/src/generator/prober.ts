/**
 * Asks every node, twice a second, whether it still stores messages: which users are served, and how long others are not.
 */
import {randomUUID} from 'node:crypto';
import {setTimeout as delay} from 'node:timers/promises';
import {registerAccount, request, type SignedIn} from '@madang/testkit/raw-client';
import type {History} from '../history/history.ts';
import {RawDevice} from './raw-device.ts';

const everyMs = 400;

export type Probe = {node: string; at: number; ms: number; isStored: boolean};

export class Prober {
  readonly probes: Probe[] = [];
  readonly devices: RawDevice[];
  readonly #nodes: string[];
  readonly #roomId: string;
  readonly #history: History;
  #count = 0;

  private constructor(history: History, nodes: string[], roomId: string, devices: RawDevice[]) {
    this.#history = history;
    this.#nodes = nodes;
    this.#roomId = roomId;
    this.devices = devices;
  }

  static async create(
    history: History,
    nodes: {name: string; url: string}[],
    roomId: string,
  ): Promise<Prober> {
    const devices = await Promise.all(
      nodes.map(async ({name, url}) => {
        const device = `prober of ${name}`;
        const account = await registerAccount(url, `prober-${name}`);
        const owner = {userId: account.user.id, session: device, device};
        return new RawDevice(history, url, account, owner, () => logIn(url, account));
      }),
    );
    for (const device of devices) {
      while (!device.isOnline || (await device.join(roomId)) === undefined) await delay(100);
    }
    const names = nodes.map(({name}) => name);
    return new Prober(history, names, roomId, devices);
  }

  async probe(stop: AbortSignal): Promise<void> {
    const asked: Promise<void>[] = [];
    while (!stop.aborted) {
      // Never the same text twice, even in several rounds.
      this.#count += 1;
      for (const [index, device] of this.devices.entries()) asked.push(this.#ask(index, device, this.#count));
      await delay(everyMs, undefined, {signal: stop}).catch(() => undefined);
    }
    await Promise.all(asked);
  }

  async #ask(index: number, device: RawDevice, count: number): Promise<void> {
    const at = this.#history.now();
    const node = this.#nodes[index]!;
    const sent = device.isOnline
      ? await device.send(this.#roomId, randomUUID(), `${device.owner.device} ${count}`)
      : undefined;
    const isStored = sent !== undefined && sent !== 'refused';
    this.probes.push({node, at, ms: this.#history.now() - at, isStored});
  }
}

async function logIn(url: string, account: Awaited<ReturnType<typeof registerAccount>>): Promise<SignedIn> {
  const {user, username, password} = account;
  const {cookie} = await request(url, 'POST', '/auth/login', {body: {username, password}});
  if (!cookie) throw new Error('not signed in');
  return {user, cookie};
}
