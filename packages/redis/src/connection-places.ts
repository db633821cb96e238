/**
 * Counts the connections of tenants on all nodes together, for tenants whose number is limited. Redis keeps the count of
 * each node for as long as the node renews it. While Redis is away, each node allows its share.
 */
import {ChatError} from '@madang/protocol/errors';
import type {Logger} from '@madang/runtime/log';
import type {RedisClients} from './clients.ts';

export type ConnectionPlaces = {
  /**
   * Takes a place for a connection, or throws `rate_limited`. Returns a function that must be called once, when the
   * connection is gone. Tenants without a limit do not wait.
   */
  take(tenantId: string): Promise<() => void>;
  close(): void;
};

export type ConnectionPlacesOptions = {
  clients: RedisClients;
  nodeId: string;
  log: Logger;
  /** The number of live nodes. A limit is divided by it while Redis is away. */
  nodes: () => number;
  /** The limit of a tenant, if it has one. */
  mostOf: (tenantId: string) => number | undefined;
};

const beatMs = 2_000;
/** Long enough for three late or lost beats. */
const leaseMs = 8_000;
/** Departures within this time are reported together, because many come at once when a node ends. */
const goneMs = 100;

export function createConnectionPlaces({clients, nodeId, log, nodes, mostOf}: ConnectionPlacesOptions) {
  const held = new Map<string, number>();
  const told = new Set<string>();
  const timer = setInterval(() => held.forEach((_count, tenantId) => renew(tenantId)), beatMs);
  timer.unref();

  const tell = (tenantId: string, most: number) =>
    clients.commands.placesHold(
      clients.keys.places(tenantId),
      nodeId,
      held.get(tenantId) ?? 0,
      most,
      leaseMs,
    );

  function renew(tenantId: string): void {
    if (mostOf(tenantId) === undefined || clients.commands.status !== 'ready') return;
    tell(tenantId, -1).catch((error: unknown) => log.debug({err: error}, 'places not renewed'));
  }

  function leave(tenantId: string): void {
    const left = (held.get(tenantId) ?? 1) - 1;
    if (left > 0) held.set(tenantId, left);
    else held.delete(tenantId);
    if (told.has(tenantId)) return;
    told.add(tenantId);
    setTimeout(() => {
      told.delete(tenantId);
      renew(tenantId);
    }, goneMs).unref();
  }

  async function fits(tenantId: string, most: number): Promise<boolean> {
    const alone = () => held.get(tenantId)! <= Math.ceil(most / Math.max(1, nodes()));
    if (clients.commands.status !== 'ready') return alone();
    return tell(tenantId, most).then(Boolean, (error: unknown) => {
      log.debug({err: error}, 'places counted by this node alone');
      return alone();
    });
  }

  return {
    async take(tenantId: string) {
      held.set(tenantId, (held.get(tenantId) ?? 0) + 1);
      const most = mostOf(tenantId);
      if (most !== undefined && !(await fits(tenantId, most))) {
        leave(tenantId);
        throw new ChatError('rate_limited', {
          message: 'The tenant has as many connections as it may. Close some, or wait.',
          // The wait is jittered, so that the waiting clients do not return together.
          retryAfterMs: 5_000 + Math.floor(Math.random() * 5_000),
          details: {limit: 'connections', per: 'tenant'},
        });
      }
      return () => leave(tenantId);
    },
    close: () => clearInterval(timer),
  } satisfies ConnectionPlaces;
}
