/** Which size of cluster carries which load: arithmetic on the results of `npm run bench`. Pure. */

/** Medians of `loadtest/results/bench.json`, and the figures of `pulses.json`. */
export type Costs = {
  /** CPU of a gateway for one message to one connection, if no other message shares its frame. */
  deliveryUs: number;
  /** CPU of a gateway for one durable send in a room of two, with its two deliveries. */
  sendUs: number;
  postgresUs: number;
  redisUs: number;
  connectionKib: number;
  /** CPU of Postgres for a gateway's question each second, and for each batch of messages in the answer. */
  questionUs: number;
  moveUs: number;
};

export type Load = {
  name: string;
  connections: number;
  /** Sends of all users together. */
  sendsPerSecond: number;
  /** The members of a room who are online when a message is sent. */
  listeners: number;
};

export type Size = {
  gateways: number;
  deliveriesPerSecond: number;
  gatewayCores: number;
  postgresCores: number;
  redisCores: number;
  gatewayMib: number;
};

/** Values that were not measured, or are a choice. The page shows each of them. */
export const assumptions = {
  /** The share of a gateway thread's one core. The rest is for bursts, and for the clients of a lost node. */
  busyShare: 0.5,
  /** A gateway without connections, and one under load. */
  baseMib: 150,
  /** The limit in docker-compose.yml and in the chart; three quarters of it are used. */
  limitMib: 512,
  /** One ping and one pong every 25 s, at the cost of three writes. */
  idleUsPerSecond: 3,
  connectionsAtMost: 15_000,
} as const;

export function sizeOf(load: Load, costs: Costs): Size {
  let gateways = 1;
  while (!fits(gateways, load, costs)) gateways += 1;
  const {connections, sendsPerSecond, listeners} = load;
  return {
    // One more, so that one may be lost or replaced.
    gateways: gateways + 1,
    deliveriesPerSecond: sendsPerSecond * listeners,
    gatewayCores: gatewayCores(gateways, load, costs),
    postgresCores: (sendsPerSecond * costs.postgresUs + pulsing(gateways + 1, sendsPerSecond, costs)) / 1e6,
    redisCores: (sendsPerSecond * costs.redisUs * hosts(gateways, listeners)) / 1e6,
    gatewayMib: memory(connections / gateways, costs),
  };
}

/** Every gateway learns about every send, as if no two were stored together. */
function pulsing(gateways: number, sendsPerSecond: number, {questionUs, moveUs}: Costs): number {
  return gateways * (questionUs + sendsPerSecond * moveUs);
}

function fits(gateways: number, load: Load, costs: Costs): boolean {
  const each = load.connections / gateways;
  return (
    gatewayCores(gateways, load, costs) <= gateways * assumptions.busyShare &&
    memory(each, costs) <= assumptions.limitMib * 0.75 &&
    each <= assumptions.connectionsAtMost
  );
}

/** The CPU of all gateways: for what is sent, what comes from other nodes, what is delivered, and idle connections. */
function gatewayCores(
  gateways: number,
  {connections, sendsPerSecond, listeners}: Load,
  costs: Costs,
): number {
  const {deliveryUs, sendUs} = costs;
  const sending = sendsPerSecond * Math.max(0, sendUs - 2 * deliveryUs);
  const receiving = sendsPerSecond * (hosts(gateways, listeners) - 1) * deliveryUs;
  const delivering = sendsPerSecond * listeners * deliveryUs;
  return (sending + receiving + delivering + connections * assumptions.idleUsPerSecond) / 1e6;
}

/** Returns on how many nodes a room has members, if the balancer spreads people evenly. */
function hosts(gateways: number, listeners: number): number {
  return gateways * (1 - (1 - 1 / gateways) ** listeners);
}

function memory(connections: number, {connectionKib}: Costs): number {
  return assumptions.baseMib + (connections * connectionKib) / 1_024;
}
