import {policy, type GivenPolicy} from '@madang/protocol/policy';
import {presetPolicy} from '@madang/protocol/policy-presets';
import type {User} from '@madang/protocol/users';
import {expect, test} from 'vitest';
import type {Caller} from '../context.ts';
import {rightsOf} from './rights.ts';

const all = ['createPublic', 'createPrivate', 'direct', 'directory', 'rename'];
const caller = (kind: User['kind']): Pick<Caller, 'key' | 'user'> => ({
  user: {id: 'u', kind, name: 'u', color: '#112233'},
  ...(kind === 'service' && {key: {id: 'k', scopes: ['send']}}),
});
const rightsIn = (given: Omit<GivenPolicy, 'types'> & {types?: object}, kind: User['kind'] = 'account') =>
  rightsOf(policy.parse({...given, types: {room: {}, direct: {}, ...given.types}}), caller(kind));

test('each preset gives people what it says', () => {
  expect(rightsOf(presetPolicy('community'), caller('account'))).toEqual(all);
  expect(rightsOf(presetPolicy('community'), caller('guest'))).toEqual(all);
  expect(rightsOf(presetPolicy('team'), caller('account'))).toEqual(all.filter((each) => each !== 'rename'));
  expect(rightsOf(presetPolicy('support'), caller('account'))).toEqual([]);
});

test('guests have what the types of rooms let guests do', () => {
  expect(rightsIn({types: {room: {guests: 'join'}}}, 'guest')).toEqual(['direct', 'directory', 'rename']);
  expect(rightsIn({types: {direct: {guests: 'none'}}}, 'guest')).not.toContain('direct');
});

test('a room is created only as visible as the type says', () => {
  expect(rightsIn({types: {room: {visibility: 'private'}}})).not.toContain('createPublic');
  expect(rightsIn({types: {room: {visibility: 'public'}}})).not.toContain('createPrivate');
});

test('a service, also one that calls as a user, has what is left to services', () => {
  const people = {directory: false, rename: 'service', direct: 'service'} as const;
  const types = {room: {guests: 'none', grants: {create: 'service'}}};

  expect(rightsIn({people, types})).toEqual([]);
  expect(rightsIn({people, types}, 'service')).toEqual(all);
  const asGuest = {...caller('service'), user: caller('guest').user};
  expect(rightsOf(policy.parse({people, types: {direct: {}, ...types}}), asGuest)).toEqual(all);
});
