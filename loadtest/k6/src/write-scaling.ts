// Writes the table of docs/scaling.md: node loadtest/k6/src/write-scaling.ts
import {readFileSync, writeFileSync} from 'node:fs';
import {fileURLToPath} from 'node:url';
import {readCosts} from './measured-costs.ts';
import {sizeOf, type Load} from './sizing.ts';

const page = fileURLToPath(new URL('../../../docs/scaling.md', import.meta.url));
const [begin, end] = ['<!-- computed -->\n', '<!-- end -->'];
const {costs} = readCosts();
/** What each gateway opens at most: its slots, the pulse, and two for files. */
const connectionsToPostgres = 18;

/** A message a minute each, in rooms where twenty are online. */
const loads: Load[] = [10_000, 100_000, 1_000_000].map((connections) => ({
  name: connections.toLocaleString('en-US'),
  connections,
  sendsPerSecond: connections / 60,
  listeners: 20,
}));

const head = [
  '| connections | sends/s | deliveries/s | gateways | gateway cores | Postgres cores | connections to Postgres | Redis cores |',
  '|--:|--:|--:|--:|--:|--:|--:|--:|',
];
const rows = loads.map((load) => {
  const {gateways, deliveriesPerSecond, gatewayCores, postgresCores, redisCores} = sizeOf(load, costs);
  const whole = (value: number) => Math.round(value).toLocaleString('en-US');
  const shown = [gatewayCores, postgresCores].map((value) => value.toFixed(2));
  const cells = [
    load.name,
    whole(load.sendsPerSecond),
    whole(deliveriesPerSecond),
    whole(gateways),
    ...shown,
  ];
  return `| ${[...cells, whole(gateways * connectionsToPostgres), redisCores.toFixed(2)].join(' | ')} |`;
});

const text = readFileSync(page, 'utf8');
const [before = '', rest = ''] = text.split(begin);
writeFileSync(page, `${before}${begin}${[...head, ...rows].join('\n')}\n${end}${rest.split(end)[1] ?? ''}`);
