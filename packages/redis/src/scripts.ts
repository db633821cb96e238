import {readFileSync} from 'node:fs';
import type {Keys} from './keys.ts';
import type {RedisConnection} from './link.ts';

/** A connection that also knows our Lua scripts. The header of each script's file says what it takes and returns. */
export type RedisCommands = RedisConnection & {
  occupancyBegin(leases: string, incarnation: string, leaseMs: number): Promise<number>;
  occupancyBeat(leases: string, incarnation: string, leaseMs: number): Promise<number>;
  occupancyWrite(
    leases: string,
    incarnation: string,
    ...stemsAndChanges: (string | number)[]
  ): Promise<number>;
  occupancyRetire(leases: string, incarnation: string): Promise<number>;
  occupancyReap(leases: string, incarnation: string, ...stemsAndBudget: (string | number)[]): Promise<number>;
  occupancyExpired(leases: string): Promise<string[]>;
  occupancyLiving(leases: string): Promise<string[]>;
  occupancyAway(leases: string, ...stemPlacesAndUsers: string[]): Promise<number[]>;
  occupancyCount(places: number, ...online: string[]): Promise<number[]>;
  rateTake(bucket: string, microsPerToken: number, burst: number, cost: number): Promise<number>;
  rateOwe(bucket: string, microsPerToken: number, burst: number, used: number): Promise<number>;
  rateLease(
    bucket: string,
    microsPerToken: number,
    burst: number,
    needed: number,
    wanted: number,
    node: string,
    held: number,
    goodForMicros: number,
  ): Promise<[held: number, waitMs: number]>;
  rateReserve(guesses: string, allowed: number, guess: string, undecidedMs: number): Promise<number>;
  ratePenalize(guesses: string, guess: string, windowMs: number): Promise<number>;
  placesHold(places: string, node: string, own: number, most: number, leaseMs: number): Promise<number>;
  lockRelease(lock: string, token: string): Promise<number>;
  reserveKeep(reserve: string, pieces: number, bytesEach: number, keptMs: number): Promise<number>;
};

/** For ioredis's `scripts` option, which sends a script's text once per connection and only its hash after that. */
export const scripts = {
  occupancyBegin: script('occupancy-begin', 1),
  occupancyBeat: script('occupancy-beat', 1),
  occupancyWrite: script('occupancy-write', 1),
  occupancyRetire: script('occupancy-retire', 1),
  occupancyReap: script('occupancy-reap', 1),
  occupancyExpired: script('occupancy-expired', 1),
  occupancyLiving: script('occupancy-living', 1),
  occupancyAway: script('occupancy-away', 1),
  occupancyCount: script('occupancy-count'),
  rateTake: script('rate-take', 1),
  rateOwe: script('rate-owe', 1),
  rateLease: script('rate-lease', 1),
  rateReserve: script('rate-reserve', 1),
  ratePenalize: script('rate-penalize', 1),
  placesHold: script('places-hold', 1),
  lockRelease: script('lock-release', 1),
  reserveKeep: script('reserve-keep', 1),
};

/** The stems that occupancy-write.lua and occupancy-reap.lua expect. */
export function occupancyStems({occupancy}: Keys): [places: string, users: string, online: string] {
  return [occupancy.places, occupancy.users, occupancy.online];
}

/** A script's answer when it does not act because an incarnation's lease is gone, or (reap) is still valid. */
export const refused = -1;

/** Without a number of keys, the first argument of each call is that number. */
function script(name: string, numberOfKeys?: number) {
  const lua = readFileSync(new URL(`./lua/${name}.lua`, import.meta.url), 'utf8');
  return {lua, ...(numberOfKeys !== undefined && {numberOfKeys})};
}
