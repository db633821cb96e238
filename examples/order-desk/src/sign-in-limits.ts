/**
 * Limits how often people may try to sign in. An attempt counts while its password is checked, so parallel attempts get no
 * more tries than sequential ones. A correct one is given back. The counts are in the database, so any number of desks
 * share them.
 */
import {isIPv6} from 'node:net';
import {RateLimiterPostgres, RateLimiterRes, type RateLimiterAbstract} from 'rate-limiter-flexible';
import type {Database} from './database.ts';
import {Refusal} from './refusal.ts';

export function createSignInLimits({pool}: Database) {
  const limit = (keyPrefix: string, points: number, duration: number) =>
    new RateLimiterPostgres({
      storeClient: pool,
      storeType: 'pool',
      tableName: 'tries',
      tableCreated: true,
      keyPrefix,
      points,
      duration,
    });
  // Right or wrong, an attempt costs two hashes.
  const tries = limit('tries', 120, 60);
  const wrongOfAddress = limit('wrong of address', 50, 900);
  const wrongOfAccount = limit('wrong of account', 10, 900);

  return {
    /** Runs `check`, unless the address or the account had too many attempts. Then it throws `rate_limited`. */
    async around<Result>(
      {address, account}: {address: string; account: string},
      check: () => Promise<Result>,
    ): Promise<Result> {
      const network = networkOf(address);
      await take(tries, network);
      await take(wrongOfAddress, network);
      await take(wrongOfAccount, account);
      const isGuess = (error: unknown) => error instanceof Refusal && error.code === 'wrong_password';
      const giveBack = () => Promise.all([wrongOfAddress.reward(network), wrongOfAccount.reward(account)]);
      try {
        const result = await check();
        await giveBack();
        return result;
      } catch (error) {
        if (!isGuess(error)) await giveBack();
        throw error;
      }
    },
  };
}

async function take(limiter: RateLimiterAbstract, key: string): Promise<void> {
  try {
    await limiter.consume(key);
  } catch (refused) {
    if (!(refused instanceof RateLimiterRes)) throw refused;
    throw new Refusal(429, 'rate_limited', {retryAfterMs: refused.msBeforeNext});
  }
}

/** One customer has at least a /64 network of IPv6 addresses. */
function networkOf(address: string): string {
  if (!isIPv6(address) || address.startsWith('::ffff:')) return address;
  const [head = '', tail] = address.split('::');
  const groups = head.split(':').filter(Boolean);
  const missing = tail === undefined ? 0 : 8 - groups.length - tail.split(':').filter(Boolean).length;
  return [...groups, ...Array<string>(Math.max(missing, 0)).fill('0')].slice(0, 4).join(':');
}
