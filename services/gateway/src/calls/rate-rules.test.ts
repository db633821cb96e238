import {expect, test} from 'vitest';
import {operations} from '../operations.ts';
import {classes, readRateRules, type RuleName} from './rate-rules.ts';
import {nameOf} from './run-operation.ts';

test('keeps every default that is not replaced', () => {
  const rules = readRateRules('log-writes=5/60');

  expect(rules['log-writes']).toEqual({
    name: 'log-writes',
    per: 'user',
    points: 5,
    perMs: 60_000,
    burst: 5,
    leased: true,
  });
  expect(rules.sends).toEqual({
    name: 'sends',
    per: 'user',
    points: 20,
    perMs: 1_000,
    burst: 200,
    leased: true,
  });
});

test('reads several rules, with a burst where one is given', () => {
  const rules = readRateRules(' reads=40/1/900, guests=1200/60 ');

  expect(rules.reads).toMatchObject({points: 40, perMs: 1_000, burst: 900, perNode: true});
  expect(rules.guests).toMatchObject({points: 1_200, perMs: 60_000, burst: 1_200});
});

test.each([
  ['lamps=1/1', /no rule "lamps"; there are reads,/],
  ['toString=1/1', /no rule/],
  ['reads', /reads=points\/seconds/],
  ['reads=1', /reads=points\/seconds/],
  ['reads=-1/1', /reads=points\/seconds/],
  ['reads=0/1', /at least 1/],
  ['reads=1/0', /at least 1/],
])('says what is wrong with %s', (given, message) => {
  expect(() => readRateRules(given)).toThrow(message);
});

test('every operation is limited per address, and per user where somebody is signed in', () => {
  const anonymous = new Set<string>(['guest', 'registration', 'sign-in']);
  const found = operations.map((operation) => ({
    name: nameOf(operation),
    limited: new Set(operation.limits.map(({per}) => per)),
    isAnonymous: anonymous.has(operation.class),
  }));

  expect(found.filter(({limited}) => !limited.has('address'))).toEqual([]);
  expect(found.filter(({limited, isAnonymous}) => !isAnonymous && !limited.has('user'))).toEqual([]);
});

test('every class takes the limit of the user before that of the address, and those of key and tenant last', () => {
  const rules = readRateRules('');

  for (const limits of Object.values(classes)) {
    expect(limits.map(({per}) => per).join()).toMatch(/^(user,)?address,key,tenant$/);
    for (const {rule, per} of limits) {
      if (per === 'user' || per === 'address')
        expect(rules[rule as RuleName]).toMatchObject({name: rule, per});
    }
  }
});
