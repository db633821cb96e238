import type {PeerReport} from '@madang/database/delivery/node-probes';
import {expect, test} from 'vitest';
import {judge} from './probe-verdict.ts';

/** A node of a cluster that has been sound for a minute, and hears all the others. */
function node(id: string, changed: Partial<PeerReport['report']> = {}): PeerReport {
  const heardAgeMs = {a: 300, b: 300, c: 300, d: 300, e: 300};
  return {id, report: {sinceMs: 60_000, echoAgeMs: 300, soundForMs: 60_000, heardAgeMs, ...changed}};
}
/** Its last canary came back so long ago. */
const unechoed = (ms: number) => ({echoAgeMs: ms, soundForMs: 0});
const heard = (ages: Record<string, number>) => ({
  heardAgeMs: {a: 300, b: 300, c: 300, d: 300, e: 300, ...ages},
});
const nobody = heard({a: 6_000, b: 6_000, c: 6_000, d: 6_000, e: 6_000});
const notA = heard({a: 6_000});

test('a sound node goes on', () => {
  expect(judge(node('a'), [node('b'), node('c')])).toBeUndefined();
});

test('without its own echo for 5 s a node has failed, and the others say in which direction', () => {
  const others = [node('b'), node('c')];
  const notHeard = [node('b', notA), node('c', notA)];

  expect(judge(node('a', {...unechoed(5_000), ...nobody}), others)).toBe('deaf');
  expect(judge(node('a', unechoed(5_000)), notHeard)).toBe('mute');
  expect(judge(node('a', {...unechoed(5_000), ...nobody}), notHeard)).toBe('deaf and mute');
  expect(judge(node('a', {...unechoed(4_999), ...nobody}), [node('b')])).toBeUndefined();
});

test('the direction is told although reports are a second old and drivers give up after three', () => {
  const others = [node('b', heard({a: 4_100})), node('c', heard({a: 4_100}))];
  const lastHeard = heard({b: 3_000, c: 3_000});

  expect(judge(node('a', {...unechoed(5_000), ...lastHeard}), others)).toBe('mute');
  expect(judge(node('a', {...unechoed(5_000), ...nobody}), [node('b', heard({a: 3_000}))])).toBe('deaf');
});

test('one other node that fares better is enough for that, and none is not', () => {
  const own = node('a', {...unechoed(9_000), ...nobody});

  expect(judge(own, [node('b')])).toBe('deaf');
  expect(judge(own, [])).toBeUndefined();
  expect(judge(own, [node('b', unechoed(9_000)), node('c', unechoed(9_000))])).toBeUndefined();
});

test('while Redis goes for all, and comes back to one after the other, nobody has failed', () => {
  const own = node('a', {...unechoed(5_000), ...nobody});

  expect(judge(own, [node('b', unechoed(3_000))])).toBeUndefined();
  expect(judge(own, [node('b', {echoAgeMs: 100, soundForMs: 4_900})])).toBeUndefined();
  expect(judge(own, [node('b', {echoAgeMs: 100, soundForMs: 5_000})])).toBe('deaf');
});

test('with its own echo a node has failed only if most of at least three disagree', () => {
  expect(judge(node('a'), [node('b', notA), node('c', notA)])).toBe('mute');
  expect(judge(node('a', nobody), [node('b'), node('c')])).toBe('deaf');
  expect(judge(node('a', nobody), [node('b', notA), node('c', notA)])).toBe('deaf and mute');
  expect(judge(node('a'), [node('b', notA), node('c')])).toBeUndefined();
  expect(judge(node('a'), [node('b', notA)])).toBeUndefined();
  expect(judge(node('a'), [node('b', notA), node('c', notA), node('d'), node('e')])).toBeUndefined();
});

test('the nodes that do not hear a mute one, or that a deaf one does not hear, have not failed', () => {
  const mute = node('a');
  const deaf = node('a', nobody);

  expect(judge(node('b', notA), [mute, node('c', notA)])).toBeUndefined();
  expect(judge(node('b'), [deaf, node('c')])).toBeUndefined();
});

test('who has just come is not missed yet', () => {
  const young = {sinceMs: 4_000, soundForMs: 60_000, heardAgeMs: {}};

  expect(judge(node('a', {heardAgeMs: {}}), [node('b', young), node('c', young)])).toBeUndefined();
});
