/** A steady load of plain sends, without the SDK's retries, so that every single answer is seen. */
import {randomUUID} from 'node:crypto';
import {setTimeout as breathe} from 'node:timers/promises';
import type {ErrorCode} from '@madang/protocol/errors';
import type {RawClient} from '@madang/testkit/raw-client';
import type {Sent} from './ledger.ts';

export type Answer = {
  clientId: string;
  at: number;
  ms: number;
  code: 'ok' | ErrorCode | 'none';
  seq?: number;
};

/** Each client sends to the room every `everyMs`, answered or not, until told to stop. */
export async function load(
  clients: RawClient[],
  roomId: string,
  stop: AbortSignal,
  everyMs = 100,
): Promise<Answer[]> {
  const answers: Promise<Answer>[] = [];
  await Promise.all(
    clients.map(async (client) => {
      while (!stop.aborted) {
        answers.push(sendOnce(client, roomId));
        await breathe(everyMs);
      }
    }),
  );
  return Promise.all(answers);
}

async function sendOnce(client: RawClient, roomId: string): Promise<Answer> {
  const clientId = randomUUID();
  const at = performance.now();
  const answer = await client
    .ask('message:send', {roomId, clientId, text: clientId}, 10_000)
    .catch(() => undefined);
  const ms = performance.now() - at;
  if (!answer) return {clientId, at, ms, code: 'none'};
  return answer.ok
    ? {clientId, at, ms, code: 'ok', seq: answer.data.seq}
    : {clientId, at, ms, code: answer.error.code};
}

export function acknowledged(answers: Answer[], roomId: string): Sent[] {
  return answers.flatMap(({clientId, seq}) => (seq === undefined ? [] : [{roomId, clientId, seq}]));
}

/** The value below which this share of the values lies. */
export function quantile(values: number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
}

/** A gauge or counter of a process, from its metrics endpoint, summed over its labels. */
export async function readMetric(metricsUrl: string, name: string): Promise<number> {
  const text = await (await fetch(metricsUrl)).text();
  return text
    .split('\n')
    .filter((line) => line.startsWith(`${name} `) || line.startsWith(`${name}{`))
    .reduce((sum, line) => sum + Number(line.split(' ').at(-1)), 0);
}
