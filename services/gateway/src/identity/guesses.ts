/**
 * How often passwords may be guessed. Only wrong ones count, for fifteen minutes.
 *
 * Beside the user or the account, the address and its network count: a guest costs nothing, and one customer has many
 * addresses. If an account is guessed from everywhere, answers to unknown callers become slower, and each address may
 * try less often.
 */
import {setTimeout as sleep} from 'node:timers/promises';
import type {RateLimits, Rule} from '@madang/redis/rate-limits';
import {accountGuesses as account, countOnly, fewGuesses, roomGuesses as room} from '../calls/rate-rules.ts';

type Guard = {rule: Rule; key: string};
type Limits = Pick<RateLimits, 'guard' | 'spent'>;

/** `whom` is the account, or the name if no account has it; `device` is the id of one of its known devices. */
export type AccountGuess = {whom: string; address: string; device?: string | undefined};

/** Runs the comparison; throws `rate_limited` after too many wrong ones. Only its own guesses block a known device. */
export async function guessAccount<T>(
  limits: Limits,
  {whom, address, device}: AccountGuess,
  compare: () => Promise<T>,
): Promise<T> {
  if (device) return limits.guard(account.byDevice, `${whom}:${device}`, compare);
  const soFar = await limits.spent(account.ofAll, whom);
  const isSprayed = soFar >= account.sprayedFrom;
  const guards = [
    {rule: account.ofNetwork, key: networkOf(address)},
    {rule: account.ofAddress, key: address},
    {
      rule: isSprayed ? {...account.byAddress, points: fewGuesses} : account.byAddress,
      key: `${whom}:${address}`,
    },
    {rule: account.ofAll, key: whom},
  ];
  return guardAll(limits, guards, () => slowly(soFar - account.sprayedFrom, compare));
}

/** The same for a signed-in user's own password: changing addresses does not help somebody who took over a session. */
export function guessOwn<T>(
  limits: Limits,
  {whom, address, device}: AccountGuess & {device: string},
  compare: () => Promise<T>,
): Promise<T> {
  const guards = [
    {rule: account.byDevice, key: `${whom}:${device}`},
    {rule: account.byAddress, key: `${whom}:${address}`},
  ];
  return guardAll(limits, guards, compare);
}

export type RoomGuess = {roomId: string; address: string; user: {id: string; kind: string}};

/**
 * The same for a room's password. An account costs more to get than a guest, so guesses of others behind its address
 * do not block it: it then has a few attempts of its own, and each takes some seconds.
 */
export async function guessRoom<T>(
  limits: Limits,
  {roomId, address, user}: RoomGuess,
  compare: () => Promise<T>,
): Promise<T> {
  const network = networkOf(address);
  const soFar = await limits.spent(room.ofAll, roomId);
  const isAttacked = soFar >= room.attackedFrom;
  const byUser = isAttacked ? {...room.byUser, points: fewGuesses} : room.byUser;
  const byAddress = isAttacked ? {...room.byAddress, points: fewGuesses} : room.byAddress;
  const shared = [
    {rule: room.ofNetwork, key: network},
    {rule: room.ofAddress, key: address},
    {rule: room.byNetwork, key: `${roomId}:${network}`},
    {rule: byAddress, key: `${roomId}:${address}`},
    {rule: room.ofAll, key: roomId},
  ];
  const isAccount = user.kind === 'account';
  const isCrowded = isAccount && (await isAnySpent(limits, shared));
  const own = {rule: isCrowded ? {...byUser, points: fewGuesses} : byUser, key: `${roomId}:${user.id}`};
  const others = isAccount
    ? shared.map(({rule, key}) => ({rule: {...rule, points: countOnly}, key}))
    : shared;
  const wait = isCrowded ? slowest : soFar - room.attackedFrom;
  return guardAll(limits, [own, ...others], () => slowly(wait, compare));
}

async function isAnySpent(limits: Limits, guards: Guard[]): Promise<boolean> {
  const spent = await Promise.all(guards.map(({rule, key}) => limits.spent(rule, key)));
  return guards.some(({rule}, at) => (spent[at] ?? 0) >= rule.points);
}

/** All limits are asked before it runs; the limit that refuses returns what the others reserved. */
function guardAll<T>(limits: Limits, guards: Guard[], attempt: () => Promise<T>): Promise<T> {
  return guards.reduceRight(
    (inner, {rule, key}) =>
      () =>
        limits.guard(rule, key, inner),
    attempt,
  )();
}

const slowest = 60;
const slowestMs = 3_000;

/** Does not delay the first attempt, then delays longer after each wrong one, up to three seconds. */
async function slowly<T>(tooMany: number, attempt: () => Promise<T>): Promise<T> {
  if (tooMany >= 0) await sleep(Math.min(slowestMs, 200 + (tooMany * slowestMs) / slowest));
  return attempt();
}

/** For IPv4 the /24. For IPv6, where an address already is a /64, the /48 that one customer may have. */
export function networkOf(address: string): string {
  const ipv4 = /^(\d+\.\d+\.\d+)\.\d+$/.exec(address)?.[1];
  if (ipv4 !== undefined) return `${ipv4}.0/24`;
  const groups = /^([\da-f]+:[\da-f]+:[\da-f]+):/.exec(address)?.[1];
  return groups === undefined ? address : `${groups}::/48`;
}
