/**
 * Design §2 of the shared backend: what each grant allows each of its holders, over HTTP and a socket, in products that
 * began with each of the presets. The expectations are in tables that read no policy; a missing grant, holder or preset
 * fails.
 */
import {createDatabase} from '@madang/database/connections/pool';
import type {StartSessionResult} from '@madang/protocol/log';
import {
  grants,
  policy,
  rights,
  type Grant,
  type Holder,
  type Policy,
  type Right,
} from '@madang/protocol/policy';
import {presetNames, presetPolicy, type PresetName} from '@madang/protocol/policy-presets';
import type {RoomState} from '@madang/protocol/rooms';
import {afterAll, beforeAll, expect, test} from 'vitest';
import type {Input} from '../support/access-cast.ts';
import {startGateways, type Gateways} from '../support/gateways.ts';
import {deeds, holdersOf, presetHolders, presetRights, type Deed} from '../support/grant-tables.ts';
import {attempt, hiding} from '../support/grant-trials.ts';
import {actors, PresetCast, type Actor} from '../support/preset-cast.ts';

const hosts: Record<PresetName, string> = {community: '127.0.0.2', team: '127.0.0.3', support: '127.0.0.4'};

let cluster: Gateways;
const casts = new Map<PresetName, PresetCast>();
beforeAll(async () => {
  cluster = await startGateways(1, {HOST: '0.0.0.0'});
  const silent = {debug() {}, info() {}, warn() {}, error() {}};
  const {databaseUrl} = cluster;
  const db = createDatabase({url: databaseUrl, log: silent, applicationName: 'test', deadlineMs: 20_000});
  for (const preset of presetNames) {
    const url = cluster.urls[0]!.replace('0.0.0.0', hosts[preset]);
    casts.set(preset, await PresetCast.assemble(db, url, preset, policyOf(preset)));
  }
  await db.close();
});
afterAll(() => cluster.stop());

const held = grants.flatMap((grant) => holdersOf(grant).map((holder) => ({grant, holder})));
const typeOf = (grant: Grant, holder: Holder) => `${grant}-${holder}`;

/** The preset, with a room type for each grant and holder. */
function policyOf(preset: PresetName): Policy {
  const {types, ...rest} = presetPolicy(preset);
  const added = held.map(({grant, holder}) => [
    typeOf(grant, holder),
    {...types.room, visibility: 'either', grants: {...types.room.grants, [grant]: holder}},
  ]);
  // Rate limits are not tested here.
  const limits = {key: {}, tenant: {}};
  return policy.parse({...rest, limits, types: {...types, ...Object.fromEntries(added)}});
}

test('the tables decide every grant for every holder that it can have, and for every preset', () => {
  for (const grant of grants) {
    const isPolicy = (holder: string) =>
      policy.safeParse({types: {room: {grants: {[grant]: holder}}, direct: {}}}).success;
    const possible = ['anyone', 'member', 'moderator', 'owner', 'service', 'nobody'].filter(isPolicy);
    expect([grant, ...holdersOf(grant)]).toEqual([grant, ...possible]);
    expect([grant, ...Object.keys(presetHolders.get(grant) ?? {})]).toEqual([grant, ...presetNames]);
  }
});

/** Who holds a grant in rooms of the type: as in the preset, except for the grant that the type changes. */
type Rules = {preset: PresetName; type: string; holderOf: (grant: Grant) => Holder};

const byPreset = (preset: PresetName) => (grant: Grant) => presetHolders.get(grant)![preset];

test.concurrent.each(presetNames)('%s: every grant is for whom the preset says', async (preset) => {
  const rules = {preset, type: 'room', holderOf: byPreset(preset)};
  const shared = await casts.get(preset)!.roomWithPast('room');
  await expectTold(rules, shared);
  for (const grant of grants) {
    await expectDecided(rules, grant, isEntering(grant) ? await roomToEnter(rules, grant) : shared);
  }
});

const changed = presetNames.flatMap((preset) =>
  held
    .filter(({grant, holder}) => byPreset(preset)(grant) !== holder)
    .map(({grant, holder}) => ({preset, grant, holder})),
);

test.concurrent.each(changed)('$preset where $grant is for $holder', async ({preset, grant, holder}) => {
  const holderOf = (each: Grant) => (each === grant ? holder : byPreset(preset)(each));
  const rules = {preset, type: typeOf(grant, holder), holderOf};
  if (isEntering(grant)) return expectDecided(rules, grant, await roomToEnter(rules, grant));
  const cast = casts.get(preset)!;
  const roomId = await (grant === 'history' ? cast.roomWithPast(rules.type) : cast.room(rules.type));
  await expectTold(rules, roomId);
  await expectDecided(rules, grant, roomId);
});

/** A user who has not entered yet is a stranger, whatever their later role. */
const isEntering = (grant: Grant) => grant === 'create' || grant === 'join';

function roomToEnter(rules: Rules, grant: Grant): Promise<string> {
  const visibility = grant === 'join' && !isHidden(rules) ? 'public' : 'private';
  return casts.get(rules.preset)!.emptyRoom(rules.type, {visibility});
}

/** The support preset's rooms are private: a non-member cannot tell that a room exists. */
function isHidden({preset, type}: Rules): boolean {
  return preset === 'support' && type === 'room';
}

/** Tries everything that the grant allows. Refused actors change nothing, so they try first, all at once. */
async function expectDecided(rules: Rules, grant: Grant, roomId: string): Promise<void> {
  const stage = {cast: casts.get(rules.preset)!, type: rules.type, roomId};
  const trying: readonly Actor[] = isEntering(grant) ? ['stranger', 'service'] : actors;
  for (const deed of deeds.filter((each) => each.grant === grant)) {
    const expected = new Map(trying.map((actor) => [actor, outcomeOf(rules, deed, actor)]));
    const found = new Map<Actor, string[]>();
    const tryAs = async (actor: Actor) => {
      const outcomes = await attempt(stage, deed, actor, ['http', 'socket']);
      const told = outcomes.map(({code, details}) => refusal(code, details?.['grant']));
      found.set(actor, told);
    };
    const isAllowed = (actor: Actor) => expected.get(actor) === 'ok';
    await Promise.all(trying.filter((actor) => !isAllowed(actor)).map(tryAs));
    for (const actor of trying.filter(isAllowed)) await tryAs(actor);
    expect(trying.map((actor) => [deed.name, actor, ...found.get(actor)!])).toEqual(
      trying.map((actor) => [deed.name, actor, expected.get(actor), expected.get(actor)]),
    );
  }
}

const refusal = (code: string, grant: unknown) => (typeof grant === 'string' ? `${code}: ${grant}` : code);

function outcomeOf(rules: Rules, {grant, name, may}: Deed, actor: Actor): string {
  const holder = rules.holderOf(grant);
  if (grant === 'join' && isHidden(rules)) return 'not_found';
  if (may.get(holder)!.includes(actor)) return 'ok';
  if (actor === 'stranger' && !isEntering(grant)) return 'not_found';
  if (holds(actor, grant, holder)) return 'forbidden';
  return hiding.has(name) ? 'hidden' : `forbidden: ${grant}`;
}

/** Whether the deed is granted, whatever else it requires: the first deed of each grant requires nothing else. */
function holds(actor: Actor, grant: Grant, holder: Holder): boolean {
  return deeds
    .find((deed) => deed.grant === grant)!
    .may.get(holder)!
    .includes(actor);
}

/** `membership.may` lists the member's grants. Grants to enter apply to actors who would hold them outside. */
async function expectTold({preset, holderOf}: Rules, roomId: string): Promise<void> {
  const told = async (actor: 'member' | 'moderator' | 'owner') => {
    const {result} = await casts.get(preset)!.call(actor, 'room:join', 'socket', {roomId});
    const {membership} = result as RoomState;
    const granted = grants.filter((grant) =>
      holds(isEntering(grant) ? 'stranger' : actor, grant, holderOf(grant)),
    );
    expect([actor, ...membership.may!]).toEqual([actor, ...granted]);
  };
  await Promise.all([told('member'), told('moderator'), told('owner')]);
}

test.each(presetNames)('%s: people do outside of rooms what they are told they may', async (preset) => {
  const cast = casts.get(preset)!;
  expect([...presetRights.keys()]).toEqual([...rights]);
  const deedOf: Record<Right, [name: string, input: Input]> = {
    createPublic: ['room:create', {title: 'Open', visibility: 'public'}],
    createPrivate: ['room:create', {title: 'Closed', visibility: 'private'}],
    direct: ['direct:open', {userId: cast.idOf('target')}],
    directory: ['user:list', {query: 'target'}],
    rename: ['user:update', {displayName: 'Somebody'}],
  };

  for (const over of ['http', 'socket'] as const) {
    const {result} = await cast.call('stranger', 'session:start', over, {});
    const allowed = rights.filter((right) => presetRights.get(right)![preset] === '+');
    expect((result as StartSessionResult).may).toEqual(allowed);
    for (const right of rights) {
      const [name, input] = deedOf[right];
      const {code} = await cast.call('stranger', name, over, input);
      expect([right, over, code]).toEqual([right, over, allowed.includes(right) ? 'ok' : 'forbidden']);
    }
  }
});
