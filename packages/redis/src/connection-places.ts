/**
 * How many connections tenants have on all nodes together, where they may have only so many. Redis has the count of each node
 * for as long as the node renews it; while Redis is away each node allows its share.
 */
import {ChatError} from '@madang/protocol/errors';
import type {Logger} from '@madang/runtime/log';
import type {RedisClients} from './clients.ts';

export type ConnectionPlaces = {
  /**
   * Takes a place for a connection, or throws `rate_limited`. Returns what must be called once, when the connection is gone.
   * Tenants without a bound wait for nothing.
   */
  take(tenantId: string): Promise<() => void>;
  close(): void;
};

export type ConnectionPlacesOptions = {
  clients: RedisClients;
  nodeId: string;
  log: Logger;
  /** Live nodes, by which a bound is divided while Redis is away. */
  nodes: () => number;
  /** The bound of a tenant, if any. */
  mostOf: (tenantId: string) => number | undefined;
};

const beatMs = 2_000;
/** Three beats may be late or lost. */
const leaseMs = 8_000;
/** Many leave together when a node goes. */
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
          // Spread, so that those who wait do not return together.
          retryAfterMs: 5_000 + Math.floor(Math.random() * 5_000),
          details: {limit: 'connections', per: 'tenant'},
        });
      }
      return () => leave(tenantId);
    },
    close: () => clearInterval(timer),
  } satisfies ConnectionPlaces;
}
