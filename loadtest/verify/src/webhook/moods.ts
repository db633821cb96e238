/** How a receiver takes a delivery. */
import type {ServerResponse} from 'node:http';
import {setTimeout as delay} from 'node:timers/promises';
import type {Delivery} from '../history/deliveries.ts';
import type {Random} from '../random.ts';
import type {Receiver} from './receiver.ts';

export type Mood = (delivery: Delivery, res: ServerResponse, random: Random) => void;

const failingShare = 0.3;
const refusals = [500, 502, 503, 302, 404];

const well: Mood = (delivery, res) => {
  delivery.outcome = 'taken';
  res.writeHead(204).end();
};
const failing: Mood = (delivery, res, random) => {
  if (random.next() >= failingShare) return well(delivery, res, random);
  if (random.next() < 0.2) return void res.destroy();
  delivery.outcome = 'refused';
  res.writeHead(random.pick(refusals), {location: '/elsewhere'}).end();
};
const stalling: Mood = () => undefined;

export const moods = {well, failing, stalling};

const wellMs = [4_000, 8_000] as const;
const troubledMs = [1_000, 4_000] as const;
const kinds = ['failing', 'stalling', 'restarting'] as const;

/** Fails, stalls and restarts in turn, with pauses, until told to stop; is well in the end. */
export async function beMoody(receiver: Receiver, random: Random, stop: AbortSignal): Promise<void> {
  const wait = (ms: number) => delay(ms, undefined, {signal: stop}).catch(() => undefined);
  for (let turn = 0; !stop.aborted; turn += 1) {
    await wait(random.between(...wellMs));
    if (stop.aborted) return;
    const kind = kinds[turn % kinds.length]!;
    const trouble = {kind, startedAt: performance.now(), healedAt: Infinity};
    receiver.troubles.push(trouble);
    if (kind === 'restarting') await receiver.end();
    else receiver.mood = moods[kind];
    await wait(random.between(...troubledMs));
    if (kind === 'restarting') await receiver.listen();
    receiver.mood = moods.well;
    trouble.healedAt = performance.now();
  }
}
