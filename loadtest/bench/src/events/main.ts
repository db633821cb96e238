/**
 * Measures what events cost the appends of a tenant: without events, with events that a worker numbers, and with events
 * that it also posts to a webhook. They run in turns on one Postgres: node loadtest/bench/src/events/main.ts [--rounds 20]
 */
import {fork} from 'node:child_process';
import {once} from 'node:events';
import {mkdirSync, writeFileSync} from 'node:fs';
import {fileURLToPath} from 'node:url';
import {parseArgs} from 'node:util';
import {startPrivatePostgres} from '@madang/testkit/private-postgres';
import {startPrivateRedis} from '@madang/testkit/redis';
import {describeMachine} from '../machine.ts';
import {inRound, pairedRatios, spreadOf} from '../pairs.ts';
import {round} from '../pulses/stage.ts';
import {openSide, type Side} from './side.ts';

const windowMs = 2_000;
const warmUpMs = 3_000;
const leastShare = 0.9;

const {values} = parseArgs({options: {rounds: {type: 'string', default: '20'}}});
const rounds = Number(values.rounds);
const startedAt = new Date();
const resultsFolder = fileURLToPath(new URL('../../../results/', import.meta.url));
const [postgres, redis] = [await startPrivatePostgres(), await startPrivateRedis()];
const receiver = fork(fileURLToPath(new URL('receiver.ts', import.meta.url)));
const sides: Side[] = [];
try {
  const [port] = (await once(receiver, 'message')) as [number];
  const stores = {postgresUrl: postgres.url, redisUrl: redis.url};
  const webhookUrl = `http://127.0.0.1:${port}/`;
  sides.push(await openSide('without', stores, {eventDays: 0}));
  sides.push(await openSide('numbered', stores, {eventDays: 7}));
  sides.push(await openSide('told', stores, {eventDays: 7, webhookUrl}));
  const rates = await measure();
  const result = Object.fromEntries(
    sides.map(({name}) => [
      name,
      {perSecond: round(spreadOf(rates[name]!).median), share: shareOf(rates, name)},
    ]),
  );
  process.stdout.write(`${JSON.stringify(result, null, 1)}\n`);
  mkdirSync(resultsFolder, {recursive: true});
  const run = {startedAt, machine: describeMachine(), rounds, windowMs, leastShare, result, rates};
  writeFileSync(`${resultsFolder}events.json`, `${JSON.stringify(run, null, 1)}\n`);
} finally {
  receiver.disconnect();
  for (const side of sides) await side.close();
  await Promise.all([postgres.close(), redis.close()]);
}

/** Messages a second of each side, round by round. */
async function measure(): Promise<Record<string, number[]>> {
  for (const side of sides) {
    await side.send(warmUpMs);
    await side.settle();
  }
  const rates: Record<string, number[]> = Object.fromEntries(sides.map(({name}) => [name, []]));
  for (let no = 0; no < rounds; no += 1) {
    for (const side of inRound(sides, no)) {
      rates[side.name]!.push(Math.round(await side.send(windowMs)));
      await side.settle();
    }
  }
  return rates;
}

function shareOf(rates: Record<string, number[]>, name: string) {
  const {median, low, high} = pairedRatios(rates[name]!, rates.without!);
  return {median: round(median), low: round(low), high: round(high)};
}
