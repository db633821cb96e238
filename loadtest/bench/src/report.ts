import {aims} from './aims.ts';
import type {Machine} from './machine.ts';
import type {Spread} from './pairs.ts';
import type {Plan} from './plan.ts';
import type {Results} from './results.ts';

export type Run = {command: string; startedAt: Date; tookMs: number; machine: Machine; plan: Plan};

/** Writes the result as it is in the repository. README shows its first table. */
export function writeReport(results: Results, run: Run): string {
  return `# What the core costs

${describeRun(run)}

## Result

${resultTable(results)}

Each cell is the median over the rounds. A ratio is the median of the ratios of each round, with the smallest and the
largest in brackets; below 1, Madang costs less.

## Aims

${aimLines(results).join('\n')}

## How it was measured

- \`loop\` is a loop of \`send\` over bare \`ws\`: no sign-in, no store, no acknowledgement. \`tutorial\` is what tutorials
  teach, on the libraries that Madang uses: Express with a session, Socket.IO with the classic Redis adapter, one
  INSERT for each message, then \`io.to(room).emit\`. Both are in \`loadtest/bench/src/servers/\`. \`madang\` is one gateway
  as it runs in production.
- Each server had core 0 to itself; the driver, Postgres (fsync and synchronous_commit on) and Redis shared the rest.
  \`madang\` and \`tutorial\` had a Postgres and a Redis each. Servers took turns within every round, and every other round
  went backwards.
- Deliveries: ${run.plan.fanOut.members} users in one room, of which 1, 5 or 20 send 100 characters at the same moment; the next ones send
  when everyone has everything. CPU of the server process, from \`/proc/<pid>/stat\`.
- Durable sends: ${run.plan.durable.rooms} rooms of two, ${run.plan.durable.sendersAtOnce} sends under way at any time, and then a single sender. CPU of server, Postgres and
  Redis together, divided by the acknowledged sends.
- Memory: what resident memory grows by from ${run.plan.idle.few} to ${run.plan.idle.many} connections, after a collection of garbage that
  gives empty pages back; each connection a user of its own, in a room of ${run.plan.idle.roomMembers}.
- Everything that arrived was checked meanwhile: each member of a room got each message once and in the same order, at
  Madang by revs without a gap, and as many rows were stored as sends acknowledged. A violation fails the run.
- Others took ${percent(results.strangers.median)} of the servers' core while deliveries were measured (at most ${percent(results.strangers.high)} of a window).
`;
}

export function resultTable({fanOut, durable, lone, idle}: Results): string {
  const us = (spread: Spread) => spread.median.toFixed(spread.median < 10 ? 2 : 1);
  const rows = [
    ...fanOut.map(({atOnce, us: cost, toTutorial, toLoop}) => [
      `CPU µs per delivery, room of 500, ${atOnce} at once`,
      us(cost.madang),
      us(cost.tutorial),
      us(cost.loop),
      ratio(toTutorial),
      ratio(toLoop),
    ]),
    [
      'CPU µs per durable send, all processes, rooms of 2',
      us(durable.us.madang),
      us(durable.us.tutorial),
      '',
      ratio(durable.cpuRatio),
      '',
    ],
    ...(['server', 'postgres', 'redis'] as const).map((part) => [
      `… of which ${part}`,
      durable.parts.madang[part].toFixed(1),
      durable.parts.tutorial[part].toFixed(1),
      '',
      '',
      '',
    ]),
    [
      'Durable sends per second, 100 under way',
      durable.perSecond.madang.median.toFixed(0),
      durable.perSecond.tutorial.median.toFixed(0),
      '',
      '',
      '',
    ],
    [
      'ms to acknowledgement, a lone sender',
      us(lone.ackMs.madang),
      us(lone.ackMs.tutorial),
      '',
      ratio(lone.ratio),
      '',
    ],
    [
      'KiB resident per idle connection',
      us(idle.kib.madang),
      us(idle.kib.tutorial),
      us(idle.kib.loop),
      ratio(idle.toTutorial),
      ratio(idle.toLoop),
    ],
  ];
  return table(['', 'madang', 'tutorial', 'loop', 'madang : tutorial', 'madang : loop'], rows);
}

export function aimLines(results: Results): string[] {
  return aims.map(({text, atMost, measured, ifMissed}) => {
    const found = measured(results);
    const isMet = found.median <= atMost;
    return `- ${isMet ? 'Met' : '**Missed**'}: ${text} ≤ ${atMost}: ${ratio(found)}.${isMet ? '' : ` Reason: ${ifMissed}`}`;
  });
}

function describeRun({command, startedAt, tookMs, machine, plan}: Run): string {
  return [
    `- \`${command}\`, ${startedAt.toISOString().slice(0, 10)}, ${Math.round(tookMs / 1_000)} s, ${plan.rounds} rounds`,
    `- ${machine.cpu}; ${machine.memory}; ${machine.kernel}`,
    `- ${machine.versions}`,
  ].join('\n');
}

function ratio({median, low, high}: Spread): string {
  return `${median.toFixed(2)} (${low.toFixed(2)}–${high.toFixed(2)})`;
}

function percent(share: number): string {
  return `${(share * 100).toFixed(0)} %`;
}

/** Pads the cells, so that the table is also readable on a terminal. */
function table(head: string[], rows: string[][]): string {
  const widths = head.map((_, column) => Math.max(3, ...[head, ...rows].map((row) => row[column]!.length)));
  const line = (cells: string[]) =>
    `| ${cells.map((cell, column) => (column === 0 ? cell.padEnd(widths[0]!) : cell.padStart(widths[column]!))).join(' | ')} |`;
  const rule = `| ${widths.map((width, column) => (column === 0 ? '-'.repeat(width) : `${'-'.repeat(width - 1)}:`)).join(' | ')} |`;
  return [line(head), rule, ...rows.map(line)].join('\n');
}
