/**
 * Why Redis refused a command or could not be used: one word per cause, which metrics carry as a label. A line in the log
 * names the cause, the connection and the server, once a minute, and repeats nothing that a command carried.
 */
import type {Logger} from '@madang/runtime/log';
import {Counter, type Registry} from '@madang/runtime/metrics';

/** Words with which Redis begins a refusal. Any other refusal counts as `ERR`, so the number of labels is bounded. */
const refusals = new Set([
  'OOM',
  'READONLY',
  'MOVED',
  'ASK',
  'TRYAGAIN',
  'CROSSSLOT',
  'CLUSTERDOWN',
  'MASTERDOWN',
  'LOADING',
  'NOAUTH',
  'WRONGPASS',
  'NOPERM',
  'MISCONF',
  'NOREPLICAS',
  'BUSY',
  'ERR',
]);

/** Not a refusal: the connection led to a replica and was left. */
export const replica = 'REPLICA';
const disconnected = 'disconnected';

/** After these, another server may answer at the same address, or the same one with other credentials. */
const leavable = new Set([
  'READONLY',
  'MOVED',
  'CLUSTERDOWN',
  'MASTERDOWN',
  'LOADING',
  'NOAUTH',
  'WRONGPASS',
  'NOREPLICAS',
]);

export function isLeavable(error: Error): boolean {
  return leavable.has(causeOf(error));
}

export function causeOf(error: Error & {code?: string}): string {
  // A script's refusal, and a Sentinel's, may have its word behind others.
  const word = error.message.match(/\b[A-Z]{3,}\b/g)?.find((one) => refusals.has(one));
  if (word !== undefined) return word;
  if (error.name === 'ReplyError') return 'ERR';
  if (/timed? ?out|timeout/i.test(error.message) || error.code === 'ETIMEDOUT') return 'timeout';
  if (/CERT|TLS|SSL/.test(error.code ?? '')) return 'tls';
  if (
    error.code !== undefined ||
    /sentinels? (?:are )?unreachable|slots cache|invalid reply/.test(error.message)
  )
    return 'unreachable';
  return disconnected;
}

export type Causes = {
  /** A command, or an attempt to connect, has failed. */
  note(client: string, error: Error, server?: string): void;
  /** A connection was left because of its server's role. */
  noteReplica(client: string, server: string): void;
  /** The last fault of this connection; undefined if it is more than a few seconds old. */
  recent(client: string): string | undefined;
  /** The last fault of this connection, however old. */
  last(client: string): string | undefined;
};

const loggedEveryMs = 60_000;
const recentMs = 5_000;

export function createCauses(log: Logger, metrics: Registry | undefined): Causes {
  const loggedAt = new Map<string, number>();
  const lastOf = new Map<string, {cause: string; at: number}>();
  const faults = metrics && createCounter(metrics);

  function note(client: string, cause: string, line: {server?: string | undefined; reason?: string}): void {
    faults?.inc({client, cause});
    // Of a lost connection every command says so; the line about the loss says why.
    if (cause === disconnected) return;
    const now = performance.now();
    lastOf.set(client, {cause, at: now});
    const key = `${client} ${cause}`;
    if (now - (loggedAt.get(key) ?? -Infinity) < loggedEveryMs) return;
    loggedAt.set(key, now);
    log.warn({client, cause, ...line}, 'redis fails');
  }

  return {
    note: (client, error, server) => note(client, causeOf(error), {server, reason: reasonOf(error)}),
    noteReplica: (client, server) => note(client, replica, {server, reason: 'the server is a replica'}),
    recent(client) {
      const last = lastOf.get(client);
      return last && performance.now() - last.at < recentMs ? last.cause : undefined;
    },
    last: (client) => lastOf.get(client)?.cause,
  };
}

/** The message without what it quotes of a command. */
function reasonOf({message}: Error): string {
  return message.replace(/,? with args beginning with.*$/s, '').slice(0, 200);
}

function createCounter(metrics: Registry) {
  return new Counter({
    name: 'madang_redis_faults_total',
    help: 'Commands that Redis refused or did not answer, and connections that could not be used, by cause.',
    labelNames: ['client', 'cause'],
    registers: [metrics],
  });
}
