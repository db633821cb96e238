import {expect, test} from 'vitest';
import {objectivesOf} from './objectives.ts';
import {readPlan} from './plan.ts';
import {asHtml, asText, summarize, type K6Summary} from './summary.ts';

const plan = readPlan('steady-chat', {url: 'http://127.0.0.1', key: 'mdk_1', users: '20'});
const context = {rooms: 2, plan, about: 'a <machine>', at: new Date(0)};

/** A summary of k6 in which every objective was met. */
function goodRun(): K6Summary {
  const metrics: K6Summary['metrics'] = {
    messages_acknowledged: {type: 'counter', values: {count: 7}},
    send_to_delivered: {type: 'trend', values: {count: 70, med: 3, 'p(95)': 8.25, 'p(99)': 9, max: 12}},
  };
  for (const {metric, condition} of objectivesOf(plan.scenario, 2)) {
    metrics[metric] ??= {type: 'counter', values: {count: 0}};
    (metrics[metric].thresholds ??= {})[condition] = {ok: true};
  }
  return {state: {testRunDurationMs: 70_000}, metrics};
}

test('tells what was found, and keeps the key to itself', () => {
  const summary = summarize(goodRun(), context);

  expect(summary.isGood).toBe(true);
  expect(summary.counts.messages_acknowledged).toBe(7);
  expect(Object.keys(summary.times)).toEqual(['send_to_delivered']);
  expect(asText(summary)).toContain('95 % of deliveries come within 300 ms of the send (8.3)');
  for (const text of [JSON.stringify(summary), asText(summary), asHtml(summary)]) {
    expect(text).not.toContain('mdk_1');
  }
});

test('an objective that was missed, or never judged, makes the run no good one', () => {
  const missed = goodRun();
  missed.metrics.messages_lost!.thresholds!['count==0'] = {ok: false};
  const unjudged = goodRun();
  delete unjudged.metrics.rooms_checked;

  for (const data of [missed, unjudged]) {
    const summary = summarize(data, context);
    expect(summary.isGood).toBe(false);
    expect(asText(summary)).toMatch(/MISSED an objective\n$/);
    expect(asHtml(summary)).toContain('Objectives were missed.');
  }
});

test('what a machine is called cannot become part of the page', () => {
  expect(asHtml(summarize(goodRun(), context))).toContain('a &lt;machine&gt;');
});
