import {expect, test} from 'vitest';
import {person, signedIn} from './access.ts';
import type {Context} from '../context.ts';
import {call} from './operation.ts';
import {watchLobby} from '../presence/watch-lobby.ts';

const row = {policy: signedIn, scope: 'read', class: 'write', shed: 'presence', handle: watchLobby} as const;
const texts = {summary: 'Send `lobby:changed` from now on', tag: 'presence', errors: {}} as const;

test('a row with its texts is an operation, with the limits of its class and the ceilings of policies', () => {
  const {event, limits} = call('lobby:watch', {...row, ...texts});

  expect(event).toBe('lobby:watch');
  expect(limits.map(({rule, per}) => `${rule} per ${per}`)).toEqual([
    'writes per user',
    'writes-per-address per address',
    'calls per key',
    'calls per tenant',
  ]);
});

// The compiler runs this test: it reports each @ts-expect-error without an error.
test('a row that services may call does not type-check without a scope', () => {
  const {scope, ...unscoped} = row;
  const takesAnyContext = async (_ctx: Context, _input: object) => ({});

  // @ts-expect-error no scope
  expect(call('lobby:watch', {...unscoped, ...texts}).scope).toBeUndefined();
  // @ts-expect-error no scope, whatever the handler asks for
  expect(call('lobby:watch', {...unscoped, ...texts, handle: takesAnyContext}).scope).toBeUndefined();

  const ofPeople = {...unscoped, ...texts, policy: person, handle: takesAnyContext};
  // @ts-expect-error services may not call it, so no scope lets them
  expect(call('lobby:watch', {...ofPeople, scope}).scope).toBe('read');
  expect(call('lobby:watch', ofPeople).scope).toBeUndefined();
});

test('a row without them does not type-check', () => {
  const {summary, tag, errors} = texts;

  // @ts-expect-error no summary
  expect(call('lobby:watch', {...row, tag, errors}).summary).toBeUndefined();
  // @ts-expect-error no tag
  expect(call('lobby:watch', {...row, summary, errors}).tag).toBeUndefined();
  // @ts-expect-error no refusals
  expect(call('lobby:watch', {...row, summary, tag}).errors).toBeUndefined();
  // @ts-expect-error a group that the reference does not have
  expect(call('lobby:watch', {...row, ...texts, tag: 'elsewhere'}).tag).toBe('elsewhere');
});
