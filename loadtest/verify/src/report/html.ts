/** Shows the run on one page: the faults above the service that was measured, and the result of every fault. */
import type {Summary} from './summary.ts';
import {inMs, quantile, type Second} from './measure.ts';

const width = 1_200;
const chartHeight = 110;
const lane = 14;

export function renderReport(summary: Summary, seconds: Second[], startedAt: number): string {
  const {title, line, violations, faults, impossible, goals} = summary;
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>${escape(title)}</title>
<style>
  body {font: 15px/1.5 system-ui, sans-serif; max-width: ${width + 40}px; margin: 2rem auto; padding: 0 1rem; color: #222}
  h1 {font-size: 1.4rem} h2 {font-size: 1.1rem; margin-top: 2rem}
  table {border-collapse: collapse; width: 100%} td, th {padding: .2rem .6rem; border-bottom: 1px solid #ddd; text-align: right}
  td:first-child, th:first-child {text-align: left}
  svg {width: 100%; height: auto; display: block} .broken {color: #a40000} pre {white-space: pre-wrap}
</style>
<h1>${escape(title)}</h1>
<p${violations.length > 0 ? ' class="broken"' : ''}>${escape(line)}</p>
${violations.map(({what, evidence}) => `<pre class="broken">${escape([what, ...evidence].join('\n  '))}</pre>`).join('\n')}
<h2>What was done, and what was served meanwhile</h2>
${timeline(summary, seconds, startedAt)}
<h2>Recovery</h2>
${table(
  [
    'fault',
    'times',
    'stored meanwhile',
    'send p99',
    'served again p50',
    'p95',
    'max',
    'clients back p95',
    'max',
    'prolonged by the next fault',
  ],
  faults.map((each) => [
    each.kind,
    String(each.times),
    each.attempts === 0 ? '' : `${((100 * each.stored) / each.attempts).toFixed(1)} %`,
    ...[quantile(each.latenciesMs, 0.99)].map(inMs),
    ...[0.5, 0.95, 1].map((share) => inMs(quantile(each.recoveryMs, share))),
    ...[0.95, 1].map((share) => inMs(quantile(each.clientGapsMs, share))),
    each.disturbedMs.length === 0
      ? ''
      : `${each.disturbedMs.length}, up to ${inMs(quantile(each.disturbedMs, 1))}`,
  ]),
)}
${
  goals.length > 0
    ? `<h2>Aims</h2>${table(
        ['aim', 'goal', 'here', ''],
        goals.map(({what, goal, here, isMet}) => [what, goal, here, isMet ? 'met' : 'missed']),
      )}`
    : ''
}
${
  impossible.length > 0
    ? `<h2>Not done on this machine</h2>${table(
        ['fault', 'why'],
        impossible.map(({kind, why}) => [kind, why]),
      )}`
    : ''
}
</html>
`;
}

function timeline({faults: _, records}: Summary, seconds: Second[], startedAt: number): string {
  const scale = width / Math.max(1, seconds.length);
  const kinds = [...new Set(records.map(({kind}) => kind))].sort();
  const lanes = kinds.length * lane;
  const bars = records.map(({kind, startedAt: from, healedAt: to}) => {
    const x = ((from - startedAt) / 1_000) * scale;
    const length = Math.max(2, ((to - from) / 1_000) * scale);
    return `<rect x="${x.toFixed(1)}" y="${kinds.indexOf(kind) * lane + 2}" width="${length.toFixed(1)}" height="${lane - 4}" fill="#c0392b"><title>${escape(kind)}</title></rect>`;
  });
  const names = kinds.map(
    (kind, index) => `<text x="2" y="${index * lane + 11}" font-size="9" fill="#555">${escape(kind)}</text>`,
  );
  const charts = [
    {name: 'acknowledged a second', color: '#1f6f43', values: seconds.map((each) => each.acknowledged)},
    {name: 'delivered a second', color: '#1f4e8c', values: seconds.map((each) => each.delivered)},
    {
      name: 'slowest acknowledgement, ms',
      color: '#8c5a1f',
      values: seconds.map((each) => Math.max(0, ...each.latenciesMs)),
    },
  ].map(({name, color, values}, index) => {
    const top = lanes + index * (chartHeight + 22) + 20;
    const most = Math.max(1, ...values);
    const points = values.map(
      (value, second) =>
        `${(second * scale).toFixed(1)},${(top + chartHeight * (1 - value / most)).toFixed(1)}`,
    );
    return `<text x="2" y="${top - 4}" font-size="11" fill="${color}">${name} (up to ${Math.round(most)})</text>
<polyline points="${points.join(' ')}" fill="none" stroke="${color}"/>`;
  });
  const height = lanes + charts.length * (chartHeight + 22) + 10;
  return `<svg viewBox="0 0 ${width} ${height}" role="img" aria-label="Faults and service over time">
${[...bars, ...names, ...charts].join('\n')}
</svg>`;
}

function table(head: string[], rows: string[][]): string {
  const cells = (tag: string, row: string[]) =>
    row.map((cell) => `<${tag}>${escape(cell)}</${tag}>`).join('');
  return `<table><tr>${cells('th', head)}</tr>${rows.map((row) => `<tr>${cells('td', row)}</tr>`).join('\n')}</table>`;
}

function escape(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
}
