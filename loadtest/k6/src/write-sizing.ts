// Writes docs/sizing.md from loadtest/results/bench.json and pulses.json: node loadtest/k6/src/write-sizing.ts
import {writeFileSync} from 'node:fs';
import {fileURLToPath} from 'node:url';
import {readCosts} from './measured-costs.ts';
import {assumptions, sizeOf, type Load} from './sizing.ts';

const path = (file: string) => fileURLToPath(new URL(`../../../${file}`, import.meta.url));
const {costs, bench, pulses: measured} = readCosts();
const {results, machine, startedAt} = bench;
const {quiet, many, ...pulses} = measured;
const shared = results.fanOut.find(({atOnce}) => atOnce === 20)!.us.madang.median;

const loads: Load[] = [
  {name: 'A team: a message a minute each', connections: 1_000, sendsPerSecond: 17, listeners: 10},
  {name: 'A company: a message a minute each', connections: 10_000, sendsPerSecond: 167, listeners: 20},
  {name: 'A product: two messages a minute each', connections: 50_000, sendsPerSecond: 1_667, listeners: 10},
  {name: 'Listeners of many small rooms', connections: 100_000, sendsPerSecond: 500, listeners: 5},
  {
    name: 'One room with 5,000, five messages a second',
    connections: 5_000,
    sendsPerSecond: 5,
    listeners: 5_000,
  },
];

const rows = loads.map((load) => {
  const size = sizeOf(load, costs);
  const cores = (value: number) => (value < 0.1 ? '< 0.1' : value.toFixed(1));
  return [
    load.name,
    whole(load.connections),
    whole(load.sendsPerSecond),
    whole(size.deliveriesPerSecond),
    `**${size.gateways}**`,
    cores(size.gatewayCores),
    `${Math.round(size.gatewayMib)} MiB`,
    cores(size.postgresCores),
    cores(size.redisCores),
  ];
});

writeFileSync(
  path('docs/sizing.md'),
  `# What size of cluster holds what load

\`node loadtest/k6/src/write-sizing.ts\` computes this page from what \`npm run bench\` measured on ${startedAt.slice(0, 10)}
([results](../loadtest/results/bench.md), ${machine.cpu}). Your cores differ. Before you rely on these numbers, run the
benchmark on your machines, compute this page again, and test the load itself with \`npm run load\`.

| load | connections | sends/s | deliveries/s | gateways | gateway cores | memory each | Postgres cores | Redis cores |
|---|--:|--:|--:|--:|--:|--:|--:|--:|
${rows.map((row) => `| ${row.join(' | ')} |`).join('\n')}

A gateway is one process on one core. The columns of cores count busy cores, and memory is resident memory. Each number of gateways includes
one spare, so the others can carry the load while one is lost or replaced.

## Measured

| cost | |
|---|--:|
| one delivery to one connection, in a frame of one message | ${costs.deliveryUs.toFixed(1)} µs of a gateway |
| the same when 20 messages of a room share a frame | ${shared.toFixed(1)} µs |
| one durable send, with two deliveries | ${costs.sendUs.toFixed(0)} µs of a gateway, ${costs.postgresUs.toFixed(0)} of Postgres, ${costs.redisUs.toFixed(0)} of Redis |
| one idle connection | ${costs.connectionKib.toFixed(1)} KiB |
| the pulse of a gateway with ${whole(quiet.rooms)} quiet rooms, each second | ${costs.questionUs.toFixed(0)} µs of Postgres, ${(quiet.nodeMs * 1_000).toFixed(0)} of the gateway, ${quiet.bytes} bytes |
| one send that a gateway learns of by its pulse | ${costs.moveUs.toFixed(1)} µs of Postgres |
| all pulses of ${many.nodes} gateways at ${whole(many.sendsPerSecond)} sends a second, stored almost one by one | ${(many.share * 100).toFixed(0)} % of what Postgres spends on the sends |

\`node loadtest/bench/src/pulses/main.ts\` measured the pulses on ${pulses.startedAt.slice(0, 10)} (${pulses.machine.cpu}).

## Assumed

- People are spread evenly over gateways, and rooms over people. A room with *k* people online has connections on
  *n*(1 − (1 − 1/*n*)^*k*) of *n* gateways, and Redis carries its messages once to each of these.
- A frame from another gateway costs as much as one delivery. This was not measured separately.
- No two messages share a frame. This is the most expensive case: in a busy room messages share frames, and a delivery costs
  up to ${(costs.deliveryUs / shared).toFixed(0)} times less.
- A connection that only listens costs ${assumptions.idleUsPerSecond} µs a second: a ping and a pong every 20 s.
- A gateway is at most ${assumptions.busyShare * 100} % busy, has at most ${whole(assumptions.connectionsAtMost)} connections, and uses three quarters of its ${assumptions.limitMib} MiB. The
  process itself takes ${assumptions.baseMib} MiB of that. Its container has 448 MiB more, for the process that converts images.
- Texts have 100 characters. TLS ends at the balancer, and behind it runs plain HTTP; the balancer's own cost is not included.
- Postgres is counted by CPU, not by disk. Messages sent at the same moment share a commit.
- Presence, typing and history are not included. Neither is a reconnect storm: with HANDSHAKES_PER_SECOND at 500, a gateway
  with 10,000 connections takes 20 seconds to get them all back.
- One Redis carries all broadcasts on a single thread, so keep its column below 0.6.

## Connections to Postgres

At most, by the sizes of the pools; a gateway opens them as it needs them. At rest a gateway sends two statements a second, its pulse and its
report on the others, and a worker about ten.

| gateways | direct | behind PgBouncer in transaction mode: direct | through PgBouncer | statements a second at rest |
|--:|--:|--:|--:|--:|
| 2 | 40 | 6 | 34 | 4 |
| 8 | 160 | 24 | 136 | 16 |
| 32 | 640 | 96 | 544 | 64 |

PgBouncer serves what comes through it with \`default_pool_size\` backends: 20 are enough while sends take less than a millisecond. Each worker
adds 5 direct ones. Above 12 gateways raise \`max_connections\` beyond 300, or put a pooler before Postgres. These give the counts of your cluster:

\`\`\`sql
select application_name, count(*) from pg_stat_activity where datname = current_database() group by 1 order by 1;
select xact_commit from pg_stat_database where datname = current_database(); -- twice; the difference by the seconds between
\`\`\`

## Check it

\`\`\`
npm run load:setup
npm run load -- mixed --url https://chat.example --key mdk_… --users 2000 --duration 10m
\`\`\`

k6 checks every delivery, and a check costs more than the delivery itself, so run k6 on a machine outside the cluster.
`,
);

function whole(value: number): string {
  return value.toLocaleString('en');
}
