import {expect, test} from 'vitest';
import {mergePatch, policyChanges} from './policy-changes.ts';

test('a patch changes what it names, takes away what it names null, and replaces lists', () => {
  const before = {a: {b: 1, c: 2}, list: [1, 2], gone: 1};

  const after = mergePatch(before, {a: {b: 3}, list: [3], gone: null, fresh: {deep: {er: null, x: 1}}});

  expect(after).toEqual({a: {b: 3, c: 2}, list: [3], fresh: {deep: {x: 1}}});
  expect(before).toEqual({a: {b: 1, c: 2}, list: [1, 2], gone: 1});
});

test('a patch that is no object, too deep or full of tricks does no harm', () => {
  const deep = JSON.parse('{"a":'.repeat(20_000) + '1' + '}'.repeat(20_000)) as object;

  expect(mergePatch({a: 1}, 'text')).toBe('text');
  expect(mergePatch({}, deep)).toHaveProperty('a.a.a');
  const tricked = mergePatch({}, JSON.parse('{"__proto__": {"x": 1}}'));
  expect(Object.keys(tricked as object)).toEqual(['__proto__']);
  expect(({} as {x?: 1}).x).toBeUndefined();
});

test('changes are told by the path of what differs', () => {
  const before = {weight: 1, types: {room: {grants: {send: 'member', edit: 'member'}}}, origins: []};
  const after = {
    types: {room: {grants: {send: 'owner', edit: 'member'}}, case: {push: true}},
    origins: ['x'],
  };

  expect(policyChanges(before, after)).toEqual([
    {path: 'weight', before: 1},
    {path: 'types.room.grants.send', before: 'member', after: 'owner'},
    {path: 'types.case', after: {push: true}},
    {path: 'origins', before: [], after: ['x']},
  ]);
  expect(policyChanges(after, after)).toEqual([]);
});
