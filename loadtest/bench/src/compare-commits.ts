import {resolve} from 'node:path';
import {madang, madangOf} from './contenders/madang.ts';
import {measureDurableSends} from './measure-durable-sends.ts';
import {measureFanOut} from './measure-fan-out.ts';
import {intervalOf, spreadOf, type Interval} from './pairs.ts';
import type {Plan} from './plan.ts';
import {Testbed} from './testbed.ts';

export type Comparison = {what: string; before: number; after: number; ratio: Interval};

/**
 * Measures this checkout's cost against another checkout's, in turns on one machine. The other has its dependencies
 * installed.
 */
export async function compareCommits(folder: string, plan: Plan): Promise<Comparison[]> {
  const testbed = new Testbed();
  try {
    const contenders = [madangOf('before', resolve(folder)), madang];
    const servers = await Promise.all(contenders.map((each) => testbed.start(each)));
    const fanOut = await measureFanOut(servers, plan);
    const {many, lone} = await measureDurableSends(servers, plan);
    return [
      ...plan.fanOut.atOnce.map((count) =>
        compare(
          `CPU µs per delivery, room of ${plan.fanOut.members}, ${count} at once`,
          fanOut.filter(({atOnce}) => atOnce === count),
          ({cpuUsPerDelivery}) => cpuUsPerDelivery,
        ),
      ),
      compare('CPU µs per durable send, all processes', many, ({cpuUsPerSend}) => cpuUsPerSend),
      ...(['server', 'postgres', 'redis'] as const).map((part) =>
        compare(`… of which ${part}`, many, ({parts}) => parts[part]),
      ),
      compare(`ms to acknowledgement, ${plan.durable.sendersAtOnce} under way`, many, ({ackMs}) => ackMs),
      compare('ms to acknowledgement, a lone sender', lone, ({ackMs}) => ackMs),
    ];
  } finally {
    await testbed.close();
  }
}

export function compare<Window extends {contender: string}>(
  what: string,
  windows: readonly Window[],
  value: (window: Window) => number,
): Comparison {
  const of = (contender: string) => windows.filter((each) => each.contender === contender).map(value);
  const [before, after] = [of('before'), of('madang')];
  return {
    what,
    before: spreadOf(before).median,
    after: spreadOf(after).median,
    ratio: intervalOf(after, before),
  };
}

export function comparisonTable(rows: readonly Comparison[]): string {
  const lines = rows.map(({what, before, after, ratio}) => {
    const [mean, low, high] = [ratio.mean, ratio.low, ratio.high].map((each) => each.toFixed(3));
    return `| ${what} | ${before.toFixed(2)} | ${after.toFixed(2)} | ${mean} (${low}–${high}) |`;
  });
  return ['| | before | now | now : before (95 %) |', '|---|--:|--:|--:|', ...lines].join('\n');
}
