/** Promise 8: the parse step accepts or refuses any input, and what it accepts can be stored. */
import {ChatError} from '@madang/protocol/errors';
import fc from 'fast-check';
import {expect, test} from 'vitest';
import {bodyBytesOf, httpSamples, malformationsOf, samples} from '../../test/support/malformations.ts';
import type {Operation} from './operation.ts';
import {operations} from '../operations.ts';
import {nameOf, parse} from './run-operation.ts';

const runs = 200_000;
/** A file is not JSON; the code that reads it checks it. */
const ofJson = operations.filter(({http}) => http?.takes !== 'file');
const samplesByName: Record<string, object> = {...samples, ...httpSamples};

function inputOf(operation: Operation, payload: unknown): {taken: unknown} | {refused: unknown} {
  try {
    return {taken: parse(operation.input, payload)};
  } catch (error) {
    return {refused: error};
  }
}

test.each(ofJson.map((operation) => [nameOf(operation), operation] as const))(
  '%s takes its sample and no malformation of it',
  (name, operation) => {
    const sample = samplesByName[name];
    expect(inputOf(operation, sample)).toEqual({taken: expect.anything()});

    const spoiled = malformationsOf(sample!, isOptionalIn(operation), bodyBytesOf(operation));
    for (const {kind, what, text} of spoiled) {
      // Size is checked before the schema.
      if (kind === 'oversized') continue;
      const outcome = inputOf(operation, JSON.parse(text));
      expect({kind, what, outcome}).toMatchObject({kind, what, outcome: {refused: {code: 'invalid'}}});
    }
  },
);

test('a number or a truth as text fits nowhere: only queries are read so, by HTTP', () => {
  for (const operation of ofJson) {
    const sample = samplesByName[nameOf(operation)]!;
    for (const [field, value] of Object.entries(sample)) {
      if (typeof value !== 'number' && typeof value !== 'boolean') continue;
      const outcome = inputOf(operation, {...sample, [field]: String(value)});
      expect({field, outcome}).toMatchObject({field, outcome: {refused: {code: 'invalid'}}});
    }
  }
});

test('random payloads are taken or refused as invalid, and what is taken can be stored', () => {
  const inherited = Object.getOwnPropertyNames(Object.prototype);
  const anything = fc.jsonValue({maxDepth: 1, stringUnit: 'binary'});
  const value = fc.oneof(anything, fc.string({unit: 'binary', maxLength: 90}), fc.integer());
  const change = fc.record({place: fc.nat(), value});
  const strange = fc.constantFrom('__proto__', 'constructor', 'toString', '');
  const call = fc.record({
    operation: fc.constantFrom(...ofJson),
    // Mostly valid inputs with a few fields changed, since most others fail the first check.
    changes: fc.option(fc.array(change, {minLength: 1, maxLength: 2}), {freq: 4}),
    strange: fc.option(strange, {freq: 8}),
    instead: anything,
  });

  let [tried, taken] = [0, 0];

  fc.assert(
    fc.property(call, ({operation, changes, strange: added, instead}) => {
      tried += 1;
      const sample = samplesByName[nameOf(operation)]!;
      const fields = Object.keys(sample);
      const changed = (changes ?? []).map((each) => [fields[each.place % fields.length] ?? 'x', each.value]);
      const extra = added === null ? [] : [[added, instead]];
      const payload: unknown =
        changes === null ? instead : Object.fromEntries([...Object.entries(sample), ...changed, ...extra]);
      const outcome = inputOf(operation, payload);
      if ('refused' in outcome) {
        const {refused} = outcome;
        return refused instanceof ChatError && refused.code === 'invalid';
      }
      taken += 1;
      return isStorable(outcome.taken);
    }),
    // A busy machine runs fewer of them.
    {numRuns: runs, interruptAfterTimeLimit: 30_000},
  );

  expect(taken).toBeGreaterThan(tried / 1_000);
  expect(Object.getOwnPropertyNames(Object.prototype)).toEqual(inherited);
}, 120_000);

function isOptionalIn({input}: Operation): (field: string) => boolean {
  const {shape} = input as unknown as {
    shape: Record<string, {safeParse(value: unknown): {success: boolean}}>;
  };
  return (field) => shape[field]!.safeParse(undefined).success;
}

function isStorable(value: unknown): boolean {
  if (typeof value === 'string') return value.isWellFormed() && !value.includes('\u0000');
  if (typeof value !== 'object' || value === null) return true;
  return Object.entries(value).every((pair) => pair.every(isStorable));
}
