// Design §8: what owner, moderator and member may do to each other. A refused call has changed nothing.
import {randomUUID} from 'node:crypto';
import {afterAll, beforeAll, expect, test} from 'vitest';
import type {ListMembersResult} from '@madang/protocol/members';
import {patientRequest, signInGuest, type HttpAnswer, type SignedIn} from '@madang/testkit/raw-client';
import {startGateways, type Gateways} from '../support/gateways.ts';

const names = ['owner', 'moderator', 'moderator2', 'member', 'member2', 'stranger', 'banned'] as const;
type Name = (typeof names)[number];
type Stage = {roomId: string; seqs: Partial<Record<Name, number>>};

let cluster: Gateways;
let people: Record<Name, SignedIn>;
beforeAll(async () => {
  cluster = await startGateways(1);
  const signedIn = await Promise.all(
    names.map(async (name) => [name, await signInGuest(url(), `the ${name}`)]),
  );
  people = Object.fromEntries(signedIn) as typeof people;
});
afterAll(() => cluster.stop());

/** Each action and its outcome: for every actor, the targets in the order of the heading. */
const decided = `
                     owner→moderator  owner→member  owner→self  moderator→owner  moderator→moderator2  moderator→member  moderator→self  member→owner  member→moderator  member→member2  member→self
  mute               ok               ok            forbidden   forbidden        forbidden             ok                forbidden       forbidden     forbidden         forbidden       forbidden
  unmute             ok               ok            forbidden   forbidden        forbidden             ok                forbidden       forbidden     forbidden         forbidden       forbidden
  ban                ok               ok            forbidden   forbidden        forbidden             ok                forbidden       forbidden     forbidden         forbidden       forbidden
  kick               ok               ok            forbidden   forbidden        forbidden             ok                forbidden       forbidden     forbidden         forbidden       forbidden
  make-member        ok               ok            forbidden   forbidden        forbidden             forbidden         forbidden       forbidden     forbidden         forbidden       forbidden
  make-moderator     ok               ok            forbidden   forbidden        forbidden             forbidden         forbidden       forbidden     forbidden         forbidden       forbidden
  make-owner         ok               ok            ok          forbidden        forbidden             forbidden         forbidden       forbidden     forbidden         forbidden       forbidden
  promote-and-mute   ok               ok            forbidden   forbidden        forbidden             forbidden         forbidden       forbidden     forbidden         forbidden       forbidden
  delete-message     ok               ok            ok          ok               ok                    ok                ok              forbidden     forbidden         forbidden       ok
  edit-message       forbidden        forbidden     ok          forbidden        forbidden             forbidden         ok              forbidden     forbidden         forbidden       ok
`;

/** The same for targets who are not in the room. */
const decidedOfOthers = `
                     owner→stranger  owner→banned  moderator→stranger  moderator→banned  member→stranger  member→banned
  mute               not_found       conflict      not_found           conflict          forbidden        forbidden
  ban                ok              ok            ok                  ok                forbidden        forbidden
  unban              ok              ok            ok                  ok                forbidden        forbidden
  kick               not_found       ok            not_found           ok                forbidden        forbidden
  make-moderator     not_found       conflict      forbidden           forbidden         forbidden        forbidden
  make-owner         not_found       conflict      forbidden           forbidden         forbidden        forbidden
  add                ok              banned        ok                  banned            forbidden        forbidden
  add-as-moderator   ok              banned        forbidden           forbidden         forbidden        forbidden
  add-as-owner       invalid         invalid       invalid             invalid           invalid          invalid
`;

const cells = [...cellsOf(decided), ...cellsOf(decidedOfOthers)];
const [allowed, refused] = [true, false].map((isAllowed) =>
  cells.filter(({expected}) => (expected === 'ok') === isAllowed),
) as [typeof cells, typeof cells];

test('who is refused is told why, and has changed nothing', async () => {
  const stage = await setStage();
  const before = await stateOf(stage);

  for (const {action, actor, target, expected} of refused) {
    const {body} = await act(action, actor, target === 'self' ? actor : target, stage);
    expect([action, actor, target, body.error?.code]).toEqual([action, actor, target, expected]);
  }

  expect(await stateOf(stage)).toEqual(before);
});

test.concurrent.each(allowed)('$actor may do to $target: $action', async ({action, actor, target}) => {
  const stage = await setStage();

  const {status, body} = await act(action, actor, target === 'self' ? actor : target, stage);

  expect([status, body.error]).toEqual([200, undefined]);
});

test('handing the room over makes its old owner a moderator', async () => {
  const stage = await setStage();

  await act('make-owner', 'owner', 'member', stage);

  const {members} = await stateOf(stage);
  expect(roleOf(members, 'member')).toBe('owner');
  expect(roleOf(members, 'owner')).toBe('moderator');
  expect((await act('ban', 'owner', 'member', stage)).body.error?.code).toBe('forbidden');
});

function act(action: string, actor: Name, target: Name, {roomId, seqs}: Stage): Promise<HttpAnswer> {
  const {id: userId} = people[target].user;
  const call = (method: string, path: string, body?: unknown) =>
    patientRequest(url(), method, `/rooms/${roomId}${path}`, {cookie: people[actor].cookie, body});
  const update = (patch: object) => call('PATCH', `/members/${userId}`, patch);
  const mutedUntil = new Date(Date.now() + 3_600_000).toISOString();
  const actions: Record<string, () => Promise<HttpAnswer>> = {
    mute: () => update({mutedUntil}),
    unmute: () => update({mutedUntil: null}),
    ban: () => update({banned: true}),
    unban: () => update({banned: false}),
    kick: () => call('DELETE', `/members/${userId}`, {}),
    'make-member': () => update({role: 'member'}),
    'make-moderator': () => update({role: 'moderator'}),
    'make-owner': () => update({role: 'owner'}),
    'promote-and-mute': () => update({role: 'moderator', mutedUntil}),
    'delete-message': () => call('DELETE', `/messages/${seqs[target]}`, {}),
    'edit-message': () => call('PATCH', `/messages/${seqs[target]}`, {text: 'edited'}),
    add: () => call('POST', '/members', {userId}),
    'add-as-moderator': () => call('POST', '/members', {userId, role: 'moderator'}),
    'add-as-owner': () => call('POST', '/members', {userId, role: 'owner'}),
  };
  return actions[action]!();
}

async function setStage(): Promise<Stage> {
  const as = async (who: Name, method: string, path: string, body: unknown) => {
    const answer = await patientRequest(url(), method, path, {cookie: people[who].cookie, body});
    if (answer.status >= 300) throw new Error(`${method} ${path}: ${JSON.stringify(answer.body)}`);
    return answer.body;
  };
  const {room} = (await as('owner', 'POST', '/rooms', {title: 'Stage', ephemeral: false})) as {
    room: {id: string};
  };
  const path = `/rooms/${room.id}`;
  const seqs: Stage['seqs'] = {};
  const enter = async (who: Name) => {
    if (who !== 'owner') await as(who, 'POST', `${path}/join`, {});
    const sent = await as(who, 'POST', `${path}/messages`, {clientId: randomUUID(), text: who});
    seqs[who] = sent['seq'] as number;
  };
  await Promise.all(names.filter((name) => name !== 'stranger').map(enter));
  const update = (who: Name, patch: object) =>
    as('owner', 'PATCH', `${path}/members/${people[who].user.id}`, patch);
  await Promise.all([
    update('moderator', {role: 'moderator'}),
    update('moderator2', {role: 'moderator'}),
    update('banned', {banned: true}),
  ]);
  return {roomId: room.id, seqs};
}

/** Everything that a refused call could have changed. */
async function stateOf({roomId}: Stage) {
  const {cookie} = people.member2;
  const {body} = await patientRequest<ListMembersResult>(url(), 'GET', `/rooms/${roomId}/members`, {cookie});
  const log = await patientRequest(url(), 'GET', `/rooms/${roomId}/log?after=0`, {cookie});
  return {members: body.members, log: log.body};
}

function roleOf(members: ListMembersResult['members'], name: Name): string | undefined {
  return members.find(({user}) => user.id === people[name].user.id)?.role;
}

function cellsOf(table: string) {
  const [heading, ...rows] = table.split('\n').filter((line) => line.trim() !== '');
  const pairs = heading!.trim().split(/\s+/);
  return rows.flatMap((row) => {
    const [action, ...codes] = row.trim().split(/\s+/);
    return pairs.map((pair, column) => {
      const [actor, target] = pair.split('→') as [Name, Name | 'self'];
      return {action: action!, actor, target, expected: codes[column]};
    });
  });
}

function url(): string {
  return cluster.urls[0]!;
}
