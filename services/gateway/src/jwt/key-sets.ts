/**
 * The public keys of issuers as this node knows them: by tenant, issuer and key id, so that no tenant's key verifies
 * another tenant's token.
 *
 * Tokens decide when keys are fetched, and strangers can make tokens. So an address is asked for unknown keys at most
 * once in 30 s, however many tokens name them. Known keys stay valid for a day while the address does not answer.
 */
import {ChatError} from '@madang/protocol/errors';
import type {Issuer} from '@madang/protocol/policy-sign-in';
import type {Outbound} from '@madang/runtime/outbound';
import type {Logger} from '@madang/runtime/log';
import {createLocalJWKSet, type CryptoKey, type JSONWebKeySet, type JWSHeaderParameters} from 'jose';

/** Returns the key that a token's header names, or undefined if the issuer has no such key. */
export type KeySets = {
  /** Throws `unavailable` while the keys cannot be read, and `overloaded` if too many calls wait for them. */
  find(tenantId: string, issuer: Issuer, header: JWSHeaderParameters): Promise<CryptoKey | undefined>;
};

export type KeySetOptions = {
  outbound: Pick<Outbound, 'request'>;
  log: Logger;
  onFetch?: (outcome: 'ok' | 'failed') => void;
  /** Monotonic, ms. */
  now?: () => number;
};

const times = {
  /** The time between two fetches for keys that the set does not have. */
  unknownMs: 30_000,
  /** The time between two tries while no key is known. */
  retryMs: 5_000,
  /** The set is fetched again in the background, so that removed keys become invalid. */
  refreshMs: 600_000,
  /** How long known keys stay valid while fetches fail. */
  keptMs: 86_400_000,
  fetchMs: 5_000,
};
const mostSets = 1_000;
const mostWaiting = 500;

type Keys = ReturnType<typeof createLocalJWKSet>;
type Fetched = {
  keys?: Keys;
  /** When the keys were fetched, when the last fetch of any kind began, and when the last one for a missing key did. */
  knownAt: number;
  triedAt: number;
  askedForUnknownAt: number;
  hasFailed: boolean;
  fetching?: Promise<void> | undefined;
  waiting: number;
};

export function createKeySets({
  outbound,
  log,
  onFetch,
  now = () => performance.now(),
}: KeySetOptions): KeySets {
  const given = new Map<string, Keys>();
  const fetched = new Map<string, Fetched>();

  async function findFetched(address: string, set: Fetched, header: JWSHeaderParameters) {
    if (!isKnown(set)) return findFirst(address, set, header);
    const key = await select(set.keys, header);
    if (key) {
      if (now() - set.knownAt > times.refreshMs) void fetchSoon(address, set, times.unknownMs);
      return key;
    }
    if (now() - set.askedForUnknownAt >= times.unknownMs) {
      set.askedForUnknownAt = now();
      void fetchKeys(address, set);
    }
    await wait(set);
    return orUnavailable(set, await select(set.keys, header));
  }

  /** The fetch of the first keys counts as one for an unknown key, if the needed key was missing from them. */
  async function findFirst(address: string, set: Fetched, header: JWSHeaderParameters) {
    void fetchSoon(address, set, times.retryMs);
    await wait(set);
    if (!isKnown(set)) throw unavailable();
    const key = await select(set.keys, header);
    if (!key) set.askedForUnknownAt = Math.max(set.askedForUnknownAt, set.triedAt);
    return key;
  }

  function isKnown({keys, knownAt}: Fetched): boolean {
    return keys !== undefined && now() - knownAt < times.keptMs;
  }

  async function wait(set: Fetched): Promise<void> {
    if (!set.fetching) return;
    if (set.waiting >= mostWaiting) throw new ChatError('overloaded', {retryAfterMs: 1_000});
    set.waiting += 1;
    try {
      await set.fetching;
    } finally {
      set.waiting -= 1;
    }
  }

  function fetchSoon(address: string, set: Fetched, everyMs: number): Promise<void> | undefined {
    return now() - set.triedAt < everyMs ? set.fetching : fetchKeys(address, set);
  }

  function fetchKeys(address: string, set: Fetched): Promise<void> {
    return (set.fetching ??= load(address, set).finally(() => (set.fetching = undefined)));
  }

  async function load(address: string, set: Fetched): Promise<void> {
    set.triedAt = now();
    try {
      set.keys = await readKeys(outbound, address);
      set.knownAt = set.triedAt;
      set.hasFailed = false;
      onFetch?.('ok');
    } catch (error) {
      set.hasFailed = true;
      onFetch?.('failed');
      log.warn({err: error, address}, 'cannot read a key set');
    }
  }

  return {
    async find(tenantId, {issuer, jwks}, header) {
      if (typeof jwks !== 'string') {
        return select(
          remember(given, JSON.stringify(jwks), () => createLocalJWKSet({keys: jwks} as JSONWebKeySet)),
          header,
        );
      }
      const name = JSON.stringify([tenantId, issuer, jwks]);
      return findFetched(jwks, remember(fetched, name, nothingFetched), header);
    },
  };
}

function nothingFetched(): Fetched {
  const [knownAt, triedAt, askedForUnknownAt] = [-Infinity, -Infinity, -Infinity];
  return {knownAt, triedAt, askedForUnknownAt, hasFailed: false, waiting: 0};
}

/** The oldest is removed when there are too many: tenants choose how many there are. */
function remember<T>(known: Map<string, T>, name: string, make: () => T): T {
  const found = known.get(name);
  if (found !== undefined) return found;
  const made = make();
  known.set(name, made);
  if (known.size > mostSets) known.delete(known.keys().next().value!);
  return made;
}

async function readKeys(outbound: Pick<Outbound, 'request'>, address: string): Promise<Keys> {
  const headers = {accept: 'application/json, application/jwk-set+json'};
  const {status, body} = await outbound.request(address, {headers, timeoutMs: times.fetchMs});
  if (status !== 200) throw new Error(`the answer has the status ${status}`);
  return createLocalJWKSet(JSON.parse(body.toString()) as JSONWebKeySet);
}

/** A token without a key id is verified by the only key that fits, if there is exactly one. */
async function select(keys: Keys | undefined, header: JWSHeaderParameters): Promise<CryptoKey | undefined> {
  try {
    return await keys?.(header);
  } catch {
    // No key fits, several do, or the key has another type.
    return undefined;
  }
}

/** While the address does not answer, an unknown key may be new, so nobody can say that it does not exist. */
function orUnavailable({hasFailed}: Fetched, key: CryptoKey | undefined): CryptoKey | undefined {
  if (!key && hasFailed) throw unavailable();
  return key;
}

const unavailable = () => new ChatError('unavailable', {retryAfterMs: times.retryMs});
