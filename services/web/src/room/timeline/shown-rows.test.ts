import {expect, test} from 'vitest';
import type {Row} from './rows.ts';
import {boundsOf, maxRows, rangeAround} from './shown-rows.ts';

/** A day line before every tenth message, and a notice at the end. */
function conversation(from: number, to: number): Row[] {
  const rows: unknown[] = [];
  for (let seq = from; seq <= to; seq += 1) {
    if (seq % 10 === 0) rows.push({kind: 'day', key: `day-${seq}`});
    rows.push({kind: 'message', key: `m${seq}`});
  }
  return [...rows, {kind: 'notice', key: 'notice'}] as Row[];
}

const indexOf = (rows: Row[], key: string) => rows.findIndex((row) => row.key === key);

test('shows the newest where nothing else is asked for', () => {
  const rows = conversation(1, 1_000);
  const [start, end] = boundsOf(rows, {});

  expect(end).toBe(rows.length);
  expect(end - start).toBeLessThanOrEqual(maxRows);
  expect(start).toBeGreaterThan(0);
});

test('shows all of a short conversation', () => {
  const rows = conversation(1, 20);

  expect(boundsOf(rows, {})).toEqual([0, rows.length]);
  expect(boundsOf(rows, rangeAround(rows, 10))).toEqual([0, rows.length]);
});

test('shows few rows around any of them, and itself is one of those', () => {
  const rows = conversation(1, 1_000);

  for (let index = 0; index < rows.length; index += 1) {
    const [start, end] = boundsOf(rows, rangeAround(rows, index));
    expect(start).toBeLessThanOrEqual(index);
    expect(end).toBeGreaterThan(index);
    expect(end - start).toBeLessThanOrEqual(maxRows);
  }
});

test('the same rows stay, with the lines between them, when older and newer ones come', () => {
  const few = conversation(500, 1_000);
  const many = conversation(1, 1_500);
  const range = rangeAround(few, indexOf(few, 'm700'));

  const before = few.slice(...boundsOf(few, range)).map(({key}) => key);
  const after = many.slice(...boundsOf(many, range)).map(({key}) => key);

  expect(after).toEqual(before);
  expect(after).toContain('day-700');
});

test('is at the newest again where a row that bounds it is gone', () => {
  const rows = conversation(1, 1_000);

  expect(boundsOf(rows, {first: 'gone', last: 'gone too'})).toEqual(boundsOf(rows, {}));
});
