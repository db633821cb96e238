/** The results of a run: lines for a terminal, JSON for programs, and one page of HTML for people. Pure. */
import {objectivesOf} from './objectives.ts';
import {scenarios, type Plan} from './plan.ts';

/** The data that k6 passes to handleSummary. */
export type K6Summary = {
  state: {testRunDurationMs: number};
  metrics: Record<string, {type: string; values: Values; thresholds?: Record<string, {ok: boolean}>}>;
};
type Values = Record<string, number>;

export type Summary = {
  scenario: string;
  what: string;
  finishedAt: string;
  tookMs: number;
  about: string;
  plan: Omit<Plan, 'scenario' | 'url' | 'key'>;
  isGood: boolean;
  objectives: {text: string; metric: string; condition: string; isMet: boolean; found: number}[];
  counts: Values;
  times: Record<string, Values>;
};

const counted = {
  messages_acknowledged: 'Sends acknowledged',
  messages_delivered: 'Messages delivered',
  messages_lost: 'Deliveries lost',
  messages_repeated: 'Deliveries repeated',
  messages_misordered: 'Out of order',
  messages_altered: 'Altered',
  sends_refused: 'Sends refused for good',
  sends_unanswered: 'Sends never answered',
  connections_opened: 'Connections opened',
  connections_lost: 'Connections lost',
  rooms_checked: 'Rooms checked',
  http_reqs: 'HTTP requests',
};
const timed = {
  send_to_acknowledged: 'Send to acknowledgement',
  send_to_delivered: 'Send to delivery',
  connect_to_ready: 'Connecting',
  without_service: 'Without service after a loss',
  http_req_duration: 'HTTP request',
};
const stats = ['med', 'p(95)', 'p(99)', 'max'] as const;

export function summarize(data: K6Summary, {rooms, plan, about, at}: SummaryContext): Summary {
  const {url: _, key: __, scenario, ...sizes} = plan;
  const valuesOf = (metric: string) => data.metrics[metric]?.values ?? {};
  const objectives = objectivesOf(scenario, rooms).map((each) => ({
    ...each,
    // A threshold that k6 did not evaluate counts as missed.
    isMet: data.metrics[each.metric]?.thresholds?.[each.condition]?.ok === true,
    found: valuesOf(each.metric)[each.condition.split(/[<>=]/)[0]!] ?? 0,
  }));
  return {
    scenario,
    what: scenarios[scenario].what,
    finishedAt: at.toISOString(),
    tookMs: Math.round(data.state.testRunDurationMs),
    about,
    plan: sizes,
    isGood: objectives.every(({isMet}) => isMet),
    objectives,
    counts: Object.fromEntries(Object.keys(counted).map((metric) => [metric, valuesOf(metric).count ?? 0])),
    times: Object.fromEntries(
      Object.keys(timed)
        .filter((metric) => (valuesOf(metric).count ?? 0) > 0)
        .map((metric) => [metric, valuesOf(metric)]),
    ),
  };
}

export type SummaryContext = {rooms: number; plan: Plan; about: string; at: Date};

export function asText(summary: Summary): string {
  const lines = [
    `${summary.scenario}: ${summary.what}`,
    `${sizesOf(summary)}`,
    '',
    ...summary.objectives.map(
      ({isMet, text, found}) => `${isMet ? '  met   ' : '  MISSED'} ${text} (${round(found)})`,
    ),
    '',
    ...countLines(summary).map(([name, count]) => `  ${name!.padEnd(30)} ${count!.padStart(12)}`),
    '',
    `  ${'ms'.padEnd(30)} ${stats.map((stat) => stat.padStart(9)).join('')}`,
    ...timeLines(summary).map(
      ([name, ...values]) => `  ${name!.padEnd(30)} ${values.map((value) => value.padStart(9)).join('')}`,
    ),
    '',
    summary.isGood ? 'every objective was met' : 'MISSED an objective',
  ];
  return `${lines.join('\n')}\n`;
}

export function asHtml(summary: Summary): string {
  const objectives = summary.objectives.map(({isMet, text, metric, condition, found}) => [
    `<span class="${isMet ? 'met' : 'missed'}">${isMet ? 'met' : 'missed'}</span>`,
    escape(text),
    round(found),
    `<code>${escape(`${metric} ${condition}`)}</code>`,
  ]);
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escape(summary.scenario)}: ${summary.isGood ? 'every objective met' : 'objectives missed'}</title>
<style>
  :root { color-scheme: light dark; }
  body { font: 16px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; }
  table { border-collapse: collapse; width: 100%; margin-bottom: 2rem; }
  th, td { text-align: left; padding: .35rem .75rem; border-bottom: 1px solid #8884; font-variant-numeric: tabular-nums; }
  .numbers td:not(:first-child), .numbers th:not(:first-child) { text-align: right; }
  .met { color: light-dark(#1a7f37, #4ac26b); }
  .missed { color: light-dark(#cf222e, #ff7b72); font-weight: 700; }
</style>
<h1>${escape(summary.scenario)}</h1>
<p>${escape(summary.what)}: ${escape(sizesOf(summary))}</p>
<p class="${summary.isGood ? 'met' : 'missed'}">${summary.isGood ? 'Every objective was met.' : 'Objectives were missed.'}</p>
<h2>Objectives</h2>
${table(['', 'objective', 'found', 'measured as'], objectives)}
<h2>Counts</h2>
${table(['', 'count'], countLines(summary).map(escapeAll), 'numbers')}
<h2>Times in ms</h2>
${table(['', ...stats], timeLines(summary).map(escapeAll), 'numbers')}
<p>${escape(summary.finishedAt)}, after ${round(summary.tookMs / 1_000)} s; ${escape(summary.about)}</p>
</html>
`;
}

function sizesOf({plan, scenario}: Summary): string {
  const {users, roomSize, rate, rampMs, durationMs, storms} = plan;
  return [
    `${users} users`,
    scenario === 'hot-room' ? 'one room' : `rooms of ${roomSize}`,
    ...(rate > 0 ? [`${rate} messages a second into each`] : []),
    ...(storms > 0 ? [`${storms} storms`] : []),
    `${rampMs / 1_000} s of ramp, then ${durationMs / 1_000} s`,
  ].join(', ');
}

function countLines({counts, tookMs}: Summary): string[][] {
  const lines = Object.entries(counted).map(([metric, name]) => [name, String(counts[metric] ?? 0)]);
  const perSecond = round((counts.messages_delivered ?? 0) / (tookMs / 1_000));
  return [...lines, ['Deliveries a second, overall', perSecond]];
}

function timeLines({times}: Summary): string[][] {
  return Object.entries(timed).flatMap(([metric, name]) => {
    const values = times[metric];
    return values ? [[name, ...stats.map((stat) => round(values[stat] ?? 0))]] : [];
  });
}

function round(value: number): string {
  return Number.isInteger(value) ? String(value) : value.toFixed(1);
}

function table(head: readonly string[], rows: string[][], kind = ''): string {
  const row = (cells: readonly string[], tag: string) =>
    `<tr>${cells.map((cell) => `<${tag}>${cell}</${tag}>`).join('')}</tr>`;
  return `<table class="${kind}">\n${[row(head, 'th'), ...rows.map((cells) => row(cells, 'td'))].join('\n')}\n</table>`;
}

const escapeAll = (cells: string[]) => cells.map(escape);

function escape(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
