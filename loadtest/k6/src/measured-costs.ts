/** What `npm run bench` and the bench of pulses have measured, as sizes are computed from it. */
import {readFileSync} from 'node:fs';
import {fileURLToPath} from 'node:url';
import type {Costs} from './sizing.ts';

type Median = {median: number};
export type Bench = {
  startedAt: string;
  machine: {cpu: string};
  results: {
    fanOut: {atOnce: number; us: {madang: Median}}[];
    durable: {parts: {madang: {server: number; postgres: number; redis: number}}};
    idle: {kib: {madang: Median}};
  };
};

export type Pulses = {
  startedAt: string;
  machine: {cpu: string};
  quiet: {rooms: number; postgresMs: number; nodeMs: number; bytes: number};
  many: {nodes: number; sendsPerSecond: number; pulseMs: number; movesPerAnswer: number; share: number};
};

export function readCosts(): {costs: Costs; bench: Bench; pulses: Pulses} {
  const bench = read<Bench>('bench');
  const pulses = read<Pulses>('pulses');
  const {results} = bench;
  const {server, postgres, redis} = results.durable.parts.madang;
  const {quiet, many} = pulses;
  const costs: Costs = {
    deliveryUs: results.fanOut.find(({atOnce}) => atOnce === 1)!.us.madang.median,
    sendUs: server,
    postgresUs: postgres,
    redisUs: redis,
    connectionKib: results.idle.kib.madang.median,
    questionUs: quiet.postgresMs * 1_000,
    moveUs: Math.max(0, ((many.pulseMs - quiet.postgresMs) * 1_000) / many.movesPerAnswer),
  };
  return {costs, bench, pulses};
}

function read<Results>(name: string): Results {
  const path = new URL(`../../results/${name}.json`, import.meta.url);
  return JSON.parse(readFileSync(fileURLToPath(path), 'utf8')) as Results;
}
