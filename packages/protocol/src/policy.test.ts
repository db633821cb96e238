import {expect, test} from 'vitest';
import {policy, policyFaults} from './policy.ts';
import {completePolicy, presetNames, presetPolicy} from './policy-presets.ts';

const plainTypes = {room: {}, direct: {}};
const issuer = {issuer: 'https://id.shop', jwks: 'https://id.shop/keys', audience: 'chat'};

function faultsOf(given: object): string[] {
  const {error} = policy.safeParse({types: plainTypes, ...given});
  return error ? policyFaults(error).map(({path}) => path) : [];
}

test('a policy that says nothing has the rules of community, but for its default room', () => {
  expect(policy.parse({types: plainTypes})).toEqual({...presetPolicy('community'), defaultRooms: []});
});

test('every preset is a whole policy, which reads as itself', () => {
  for (const preset of presetNames) {
    const written = presetPolicy(preset, 'Shop');

    expect(written.name).toBe('Shop');
    expect(policy.parse(written)).toEqual(written);
    expect(completePolicy(written)).toEqual(written);
  }
});

test('a stored policy keeps what a later release wrote, and gets what an earlier one left out', () => {
  const stored = {types: {room: {grants: {send: 'owner'}}, direct: {}}, later: 1} as never;

  const read = completePolicy(stored);

  expect(read.types.room).toEqual({
    ...presetPolicy('community').types.room,
    grants: {...presetPolicy('community').types.room.grants, send: 'owner'},
  });
  expect(read).toHaveProperty('later', 1);
});

test('an unknown or impossible rule is refused with its path', () => {
  const room = (rule: object) => ({types: {...plainTypes, case: rule}});
  for (const [given, path] of [
    [{colour: 'red'}, 'colour'],
    [{people: {direkt: 'anyone'}}, 'people.direkt'],
    [{people: {direct: 'member'}}, 'people.direct'],
    [{people: {reserved: ['x'.repeat(65)]}}, 'people.reserved.0'],
    [{types: {room: {}}}, 'types.direct'],
    [{types: {direct: {}}}, 'types.room'],
    [{types: {...plainTypes, 'Not a name': {}}}, 'types.Not a name'],
    [{types: {room: {}, direct: {visibility: 'public'}}}, 'types.direct.visibility'],
    [room({grants: {sned: 'member'}}), 'types.case.grants.sned'],
    [room({grants: {create: 'moderator'}}), 'types.case.grants.create'],
    [room({grants: {join: 'member'}}), 'types.case.grants.join'],
    [room({grants: {send: 'anyone'}}), 'types.case.grants.send'],
    [room({grants: {send: 'admin'}}), 'types.case.grants.send'],
    [room({keepDays: -1}), 'types.case.keepDays'],
    [room({editMinutes: 0.5}), 'types.case.editMinutes'],
    [room({guests: true}), 'types.case.guests'],
    [{origins: ['https://shop.example/']}, 'origins.0'],
    [{origins: ['null']}, 'origins.0'],
    [{origins: ['https://*']}, 'origins.0'],
    [{defaultRooms: ['general', 'general']}, 'defaultRooms'],
    [{eventDays: 31}, 'eventDays'],
    [{weight: 0}, 'weight'],
    [{limits: {key: {calls: 0}}}, 'limits.key.calls'],
    [{quotas: {users: -1}}, 'quotas.users'],
    [{signIn: {issuers: [{...issuer, algorithms: ['HS256']}]}}, 'signIn.issuers.0.algorithms.0'],
    [{signIn: {issuers: [{...issuer, jwks: 'ftp://id.shop/keys'}]}}, 'signIn.issuers.0.jwks'],
    [{signIn: {issuers: [{...issuer, jwks: [{kty: 'EC', d: 'secret'}]}]}}, 'signIn.issuers.0.jwks'],
    [{signIn: {issuers: [{...issuer, maxLifeSeconds: 86_401}]}}, 'signIn.issuers.0.maxLifeSeconds'],
    [{signIn: {issuers: [issuer, issuer]}}, 'signIn.issuers.1.issuer'],
  ] as const) {
    expect([given, ...faultsOf(given)]).toEqual([given, path]);
  }
});

test('the policy of the design is one', () => {
  const {types} = policy.parse({
    name: 'Shop',
    origins: ['https://shop.example', 'https://*.shop.example', 'capacitor://localhost'],
    defaultRooms: [],
    eventDays: 7,
    signIn: {
      register: false,
      guests: false,
      issuers: [
        {
          ...issuer,
          algorithms: ['ES256'],
          skewSeconds: 60,
          maxLifeSeconds: 3_600,
          claims: {externalId: 'sub', name: 'name'},
        },
      ],
    },
    people: {directory: false, rename: 'service', direct: 'service', reserved: ['support']},
    types: {...plainTypes, case: {oversight: true, grants: {send: 'member', history: 'service'}}},
    limits: {},
    quotas: {},
    weight: 1,
  });

  expect(types.case).toMatchObject({oversight: true, grants: {history: 'service', manage: 'owner'}});
});
