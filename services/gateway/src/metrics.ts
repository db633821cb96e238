/** The gateway's own metrics. Labels are bounded: they name no user, room or session, and at most a hundred tenants. */
import {Counter, Gauge, Histogram, type Registry} from '@madang/runtime/metrics';
import {createTenantLabels} from './tenant-labels.ts';

const seconds = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5];

export type GatewayMetrics = ReturnType<typeof createGatewayMetrics>;

/** `nameOfTenant`: undefined until this node knows the tenant. */
export function createGatewayMetrics(
  registry: Registry,
  version: string,
  nameOfTenant: (tenantId: string) => string | undefined = () => undefined,
) {
  const counter = (name: string, help: string, labelNames: string[] = []) =>
    new Counter({name: `madang_${name}_total`, help, labelNames, registers: [registry]});
  const gauge = (name: string, help: string, labelNames: string[] = []) =>
    new Gauge({name: `madang_${name}`, help, labelNames, registers: [registry]});
  const histogram = (name: string, help: string, labelNames: string[] = [], buckets = seconds) =>
    new Histogram({name: `madang_${name}`, help, labelNames, buckets, registers: [registry]});

  new Gauge({
    name: 'madang_info',
    help: 'Version of this node.',
    labelNames: ['version'],
    registers: [registry],
  })
    .labels(version)
    .set(1);

  return {
    labelOf: createTenantLabels(nameOfTenant),
    connections: gauge('connections', 'Open Socket.IO connections.'),
    roomsHosted: gauge('rooms_hosted', 'Rooms that a connection of this node hears.'),
    keySetFetches: counter(
      'key_set_fetches',
      'Times that keys of an issuer of JWTs were asked for, by outcome.',
      ['outcome'],
    ),
    handshakesRefused: counter('handshakes_refused', 'Handshakes refused, by error code.', ['code']),
    disconnects: counter('disconnects', 'Connections that ended, by reason.', ['reason']),
    evictions: counter('evictions', 'Connections that this node ended, by reason.', ['reason']),
    evictedBytes: histogram(
      'evicted_bytes',
      'What readers that were ended as too slow had not taken.',
      [],
      [1, 1.5, 2, 2.5, 3, 4, 8].map((mebibytes) => mebibytes * 1024 * 1024),
    ),
    operations: counter('operations', 'Operations answered, by name and outcome.', ['operation', 'outcome']),
    operationSeconds: histogram('operation_seconds', 'Time from receipt to answer.', ['operation']),
    tenantCalls: counter(
      'tenant_calls',
      'Operations answered, by tenant and outcome: the first 100 tenants by name, then `other`.',
      ['tenant', 'outcome'],
    ),
    tenantSends: counter('tenant_sends', 'Messages stored or found stored already, by tenant.', ['tenant']),
    tenantConnections: gauge('tenant_connections', 'Open Socket.IO connections, by tenant.', ['tenant']),
    unacknowledged: counter(
      'unacknowledged',
      'Events dropped because they carry no acknowledgement function.',
    ),
    sends: counter('sends', 'Messages stored, and duplicates answered.', ['outcome']),
    notifications: counter('notifications', 'Notifications stored, and duplicates answered.', ['outcome']),
    appendSeconds: histogram('append_seconds', 'Duration of one append call to Postgres.'),
    appendAgeSeconds: histogram(
      'append_age_seconds',
      'Wait of the oldest message of a batch before its call.',
    ),
    appendItems: histogram(
      'append_items',
      'Messages of one append call.',
      [],
      [1, 2, 5, 10, 20, 50, 100, 200, 500],
    ),
    framesDelivered: counter('frames_delivered', 'Frames written to a room of this node.'),
    entriesDelivered: counter('entries_delivered', 'Log entries of these frames.'),
    deliverySeconds: histogram(
      'delivery_seconds',
      "From a message's commit, by the database's clock, until this node wrote it to its sockets, by its own.",
      [],
      [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2, 5],
    ),
    framesDiscarded: counter('frames_discarded', 'Frames received that were delivered already.'),
    gapRepairs: counter('gap_repairs', 'Gaps in a log that were read from Postgres.'),
    publishFailures: counter('publish_failures', 'Broadcasts that Redis did not take.'),
    pulses: counter('pulses', 'Questions to Postgres, by outcome.', ['outcome']),
    pulseAgeSeconds: gauge('pulse_age_seconds', 'Age of the last answered pulse; above 2 nothing starts.'),
    shed: counter('shed', 'Operations refused to keep the others fast.', ['operation']),
    canarySeconds: histogram(
      'canary_seconds',
      'From sending a canary until it came back to its sender through Redis.',
    ),
    probeFailed: gauge(
      'probe_failed',
      '1 while this node has stepped aside because broadcasts do not pass, by direction.',
      ['direction'],
    ),
    probePeers: gauge('probe_peers', 'Other nodes whose reports about canaries are valid.'),
    postgresUp: gauge('postgres_up', '1 while Postgres answers.'),
    redisUp: gauge('redis_up', '1 while all connections to Redis are ready.'),
  };
}
