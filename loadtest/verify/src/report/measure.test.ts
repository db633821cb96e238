import {expect, test} from 'vitest';
import {History} from '../history/history.ts';
import {measureFaults, measureSeconds, quantile} from './measure.ts';

const fault = {kind: 'node killed', target: 'gateway-1', startedAt: 1_000, healedAt: 3_000};
const probe = (node: string, at: number, isStored: boolean) => ({node, at, ms: 10, isStored});

test('measures how soon the node that something was done to serves again', () => {
  const probes = [
    probe('gateway-1', 900, true),
    probe('gateway-2', 900, true),
    probe('gateway-3', 900, false),
    probe('gateway-1', 1_500, false),
    // The client was already disconnected before.
    probe('gateway-3', 1_500, false),
    probe('gateway-2', 1_500, true),
    probe('gateway-1', 3_400, true),
    probe('gateway-2', 3_000, true),
  ];

  const [figures] = measureFaults([fault], probes, new History(() => 0));
  expect(figures).toMatchObject({times: 1, attempts: 2, stored: 1, recoveryMs: [410]});
});

test('measures every node where a store was concerned', () => {
  const probes = [probe('gateway-1', 3_100, true), probe('gateway-2', 3_200, true)];

  const [figures] = measureFaults([{...fault, target: 'redis'}], probes, new History(() => 0));
  expect(figures!.recoveryMs).toEqual([110, 210]);
});

test('measures nothing of faults that overlapped, but counts them', () => {
  const other = {kind: 'balancer killed', target: 'balancer', startedAt: 2_000, healedAt: 9_000};
  const probes = [probe('gateway-1', 9_100, true)];

  const figures = measureFaults([fault, other], probes, new History(() => 0));
  expect(figures).toMatchObject([
    {kind: 'balancer killed', times: 1, recoveryMs: []},
    {kind: 'node killed', times: 1, recoveryMs: []},
  ]);
});

test('keeps apart what the next fault prolonged', () => {
  const next = {kind: 'balancer killed', target: 'balancer', startedAt: 3_500, healedAt: 9_000};
  const probes = [probe('gateway-1', 9_100, true)];

  const figures = measureFaults([fault, next], probes, new History(() => 0));
  expect(figures[1]).toMatchObject({kind: 'node killed', recoveryMs: [], disturbedMs: [6_110]});
});

test('measures how long clients were without a connection', () => {
  let now = 0;
  const history = new History(() => now);
  const close = history.connected('ann/sdk', 's');
  now = 1_200;
  close();
  now = 1_900;
  history.connected('ann/sdk', 's');

  expect(measureFaults([fault], [], history)[0]!.clientGapsMs).toEqual([700]);

  const leave = history.connected('ben/sdk', 's');
  leave({isGivenUp: true});
  leave();
  history.connected('ben/sdk', 's');
  expect(measureFaults([fault], [], history)[0]!.clientGapsMs).toEqual([700]);
});

test('counts what was acknowledged in each second', () => {
  let now = 100;
  const history = new History(() => now);
  const end = history.begin({kind: 'send', userId: 'ann', device: 'd', session: 's'});
  now = 1_150;
  end({outcome: 'ok'});

  expect(measureSeconds(history, 100)).toMatchObject([
    {acknowledged: 0},
    {acknowledged: 1, latenciesMs: [1_050]},
  ]);
});

test('a quantile of nothing is nothing', () => {
  expect(quantile([], 0.5)).toBeUndefined();
  expect(quantile([3, 1, 2], 0.5)).toBe(2);
  expect(quantile([1, 2], 1)).toBe(2);
});
