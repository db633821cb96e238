/**
 * Limits deliveries to the connections of tenants whose policy sets a rate. Each node counts deliveries after they are
 * made, and takes them from one bucket in Redis a few times a second. A tenant that has used more than the bucket holds is
 * in debt, and its sends wait until the debt is paid. While Redis is away, each node counts against its share.
 */
import type {Logger} from '@madang/runtime/log';
import type {RedisClients} from './clients.ts';

export type DeliveryDebts = {
  /** Records that messages were written to this many connections of the tenant. */
  booked(tenantId: string, deliveries: number): void;
  /** How long the tenant's sends have to wait. The value is at most a quarter of a second old. */
  waitMs(tenantId: string): number;
  close(): void;
};

export type DeliveryDebtsOptions = {
  clients: RedisClients;
  log: Logger;
  /** The number of live nodes. A rate is divided by it while Redis is away. */
  nodes: () => number;
  /** The tenant's deliveries a second, if they are limited. */
  rateOf: (tenantId: string) => number | undefined;
};

const everyMs = 250;
/** The account of a tenant whose sends were last asked for longer ago is dropped. */
const askedMs = 5_000;

type Account = {booked: number; askedAt: number; paidAt: number; fullAt: number};

export function createDeliveryDebts({clients, log, nodes, rateOf}: DeliveryDebtsOptions): DeliveryDebts {
  const accounts = new Map<string, Account>();
  const timer = setInterval(() => accounts.forEach(charge), everyMs);
  timer.unref();

  function of(tenantId: string): Account {
    let account = accounts.get(tenantId);
    if (!account) accounts.set(tenantId, (account = {booked: 0, askedAt: -Infinity, paidAt: 0, fullAt: 0}));
    return account;
  }

  /** The same bucket in this node's memory, with the node's share of the rate. */
  function chargeHere(account: Account, used: number, rate: number): number {
    const now = performance.now();
    account.fullAt = Math.max(account.fullAt, now) + (used * 1_000 * Math.max(1, nodes())) / rate;
    return Math.max(0, account.fullAt - now - 1_000);
  }

  function charge(account: Account, tenantId: string): void {
    const {booked: used, askedAt} = account;
    account.booked = 0;
    if (used === 0 && performance.now() - askedAt > askedMs) return void accounts.delete(tenantId);
    const rate = rateOf(tenantId);
    if (rate === undefined) return void (account.paidAt = 0);
    const pausedFor = (waitMs: number) => (account.paidAt = performance.now() + waitMs);
    if (clients.commands.status !== 'ready') return void pausedFor(chargeHere(account, used, rate));
    const bucket = clients.keys.rateLimit('deliveries-per-tenant', tenantId);
    // A second's worth may pass at once.
    clients.commands.rateOwe(bucket, 1_000_000 / rate, rate, used).then(pausedFor, (error: unknown) => {
      log.debug({err: error}, 'deliveries counted by this node alone');
      pausedFor(chargeHere(account, used, rate));
    });
  }

  return {
    booked(tenantId, deliveries) {
      of(tenantId).booked += deliveries;
    },
    waitMs(tenantId) {
      const account = of(tenantId);
      account.askedAt = performance.now();
      return Math.max(0, account.paidAt - account.askedAt);
    },
    close: () => clearInterval(timer),
  };
}
