/** People who sign in, send a message and sign out again. The run watches how their sessions end. */
import {randomUUID} from 'node:crypto';
import {setTimeout as delay} from 'node:timers/promises';
import {request, signInGuest} from '@madang/testkit/raw-client';
import type {History} from '../history/history.ts';
import type {Random} from '../random.ts';
import {RawDevice} from './raw-device.ts';

/** For this long after the end, requests check whether the session still works. */
const triedAfterEndMs = 3_500;
const signOutTries = 40;

export class PassersBy {
  readonly #history: History;
  readonly #urls: string[];
  readonly #roomId: string;
  readonly #random: Random;
  #count = 0;

  /** `urls` are the gateways' own addresses, so that it is known which of them a connection is on. */
  constructor(history: History, urls: string[], roomId: string, random: Random) {
    this.#history = history;
    this.#urls = urls;
    this.#roomId = roomId;
    this.#random = random;
  }

  async pass(everyMs: number, stop: AbortSignal): Promise<void> {
    const visits: Promise<void>[] = [];
    while (!stop.aborted) {
      visits.push(this.visit().catch(() => undefined));
      await delay(this.#random.between(0.5, 1.5) * everyMs, undefined, {signal: stop}).catch(() => undefined);
    }
    await Promise.all(visits);
  }

  /** Opens two connections of one session on two nodes, and ends the session on a third. */
  async visit(): Promise<void> {
    this.#count += 1;
    const name = `passer-by ${this.#count}`;
    const [first, second, third] = this.#random.shuffle([...this.#urls, ...this.#urls]) as [
      string,
      string,
      string,
    ];
    const who = await signInGuest(first, name);
    const session = `${name}'s`;
    const devices = [first, second].map(
      (url, index) =>
        new RawDevice(this.#history, url, who, {
          userId: who.user.id,
          session,
          device: `${name}/${index + 1}`,
        }),
    );
    try {
      await waitUntil(() => devices.some(({isOnline}) => isOnline), 5_000);
      await devices[0]!.join(this.#roomId);
      const talking = new AbortController();
      const talks = devices.map((device) => this.#talk(name, device, talking.signal));
      await delay(this.#random.between(500, 2_000));
      await this.#signOut(third, who, session, `${name}/1`);
      await delay(triedAfterEndMs);
      talking.abort();
      await Promise.all(talks);
    } finally {
      for (const device of devices) device.close();
    }
  }

  async #talk(name: string, device: RawDevice, stop: AbortSignal): Promise<void> {
    for (let count = 1; !stop.aborted; count += 1) {
      if (device.isOnline) {
        const text = `${name} on ${device.owner.device} ${count}`;
        await device.send(this.#roomId, randomUUID(), text);
      }
      await delay(200);
    }
  }

  /** Repeats until it is answered: the end counts from the first answer that confirms it. */
  async #signOut(url: string, who: {user: {id: string}; cookie: string}, session: string, device: string) {
    for (let tries = 0; tries < signOutTries; tries += 1) {
      const end = this.#history.begin({kind: 'sign-out', userId: who.user.id, session, device});
      const answer = await request(url, 'POST', '/auth/logout', {body: {}, cookie: who.cookie}).catch(
        () => undefined,
      );
      // 401 means that an earlier attempt without an answer had taken effect.
      if (answer?.status === 204 || answer?.status === 401) return end({outcome: 'ok'});
      end({outcome: 'info'});
      await delay(250);
    }
  }
}

async function waitUntil(condition: () => boolean, timeoutMs: number): Promise<void> {
  const deadline = performance.now() + timeoutMs;
  while (!condition() && performance.now() < deadline) await delay(50);
}
