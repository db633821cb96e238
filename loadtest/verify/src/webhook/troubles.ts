/** The faults of a receiver in a run. */
import {setTimeout as delay} from 'node:timers/promises';
import type {Random} from '../random.ts';
import {moods} from './moods.ts';
import type {Receiver} from './receiver.ts';

const wellMs = [4_000, 8_000] as const;
const troubledMs = [1_000, 4_000] as const;
const kinds = ['failing', 'stalling', 'restarting'] as const;

/** Fails, stalls and restarts in turn, with pauses, until told to stop. At the end it is healthy. */
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
