import {expect, test} from 'vitest';
import {signedIn} from './access.ts';
import {call} from './operation.ts';
import {watchLobby} from './presence/watch-lobby.ts';

const row = {policy: signedIn, class: 'write', shed: 'presence', handle: watchLobby} as const;
const texts = {summary: 'Send `lobby:changed` from now on', tag: 'presence', errors: {}} as const;

test('a row with its texts is an operation, with the limits of its class', () => {
  const {event, limits} = call('lobby:watch', {...row, ...texts});

  expect(event).toBe('lobby:watch');
  expect(limits.map(({rule}) => rule)).toEqual(['writes', 'writes-per-address']);
});

// The compiler is what tests this: it reports an error that it expects and does not find.
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
