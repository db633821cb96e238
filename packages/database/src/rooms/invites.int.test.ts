import {expect, test} from 'vitest';
import {createWorld} from '../../test/fixtures.ts';
import {acceptInvite, createInvite, listInvites, readInvite, revokeInvite} from './invites.ts';

const {db, query, tenantId, account, guest, room, join, member} = await createWorld();

/** The outcome; who is put off by a lock tries again. */
async function codeOf(promise: Promise<unknown>, again?: () => Promise<unknown>): Promise<string> {
  try {
    await promise;
    return 'ok';
  } catch (error) {
    const {code, details} = error as {code: string; details?: {reason?: string}};
    if (code === 'unavailable' && again) return codeOf(again(), again);
    return details?.reason ? `${code} ${details.reason}` : code;
  }
}
const accept = async (token: string, userId?: string) =>
  acceptInvite(db, {tenantId, token, userId: userId ?? (await guest()).id});

async function stage(options = {}) {
  const owner = await account();
  const {id} = await room(owner.id, {visibility: 'private', ...options});
  return {id, owner, manager: await member(id, owner.id)};
}

test('of many who come at once, as many become members as the invite has uses', async () => {
  const {manager} = await stage();
  const {token} = await createInvite(db, manager, {expiresInS: 600, uses: 3});

  const people: {id: string}[] = [];
  while (people.length < 12) people.push(await guest());
  const codes = await Promise.all(people.map(({id}) => codeOf(accept(token, id), () => accept(token, id))));

  expect(codes.filter((code) => code === 'ok')).toHaveLength(3);
  expect(new Set(codes)).toEqual(new Set(['ok', 'forbidden used_up']));
  expect(await listInvites(db, manager)).toEqual({invites: []});
});

test('a member gets the state and uses up nothing', async () => {
  const {manager} = await stage();
  const {token} = await createInvite(db, manager, {expiresInS: 600, uses: 2});
  const {id} = await guest();

  expect((await accept(token, id)).joined).toBe(true);
  expect((await accept(token, id)).joined).toBe(false);

  const {invites} = await listInvites(db, manager);
  expect(invites.map(({usesLeft}) => usesLeft)).toEqual([1]);
});

test('an invite ends with its time, its room and the right of its maker, and says which', async () => {
  const {id, owner, manager} = await stage({visibility: 'public'});
  const [expired, revoked, theirs] = await Promise.all(
    Array.from({length: 3}, () => createInvite(db, manager, {expiresInS: 600})),
  );
  await query("update invites set expires_at = clock_ms() - interval '1 second' where id = $1", [
    expired!.invite.id,
  ]);
  await revokeInvite(db, manager, {id: revoked!.invite.id});
  const look = ({token}: {token: string}) => codeOf(readInvite(db, {tenantId, token}));

  expect(await look(expired!)).toBe('forbidden expired');
  expect(await look(revoked!)).toBe('not_found');
  expect(await look(theirs!)).toBe('ok');
  await join(id, (await account()).id);
  await query('update memberships set role = $3 where room_id = $1 and user_id = $2', [
    id,
    owner.id,
    'member',
  ]);
  expect(await look(theirs!)).toBe('forbidden revoked');
  expect(await codeOf(accept(theirs!.token))).toBe('forbidden revoked');
  expect(await codeOf(createInvite(db, manager, {expiresInS: 600}))).toBe('forbidden');
  await query('update rooms set closed_at = clock_ms() where id = $1', [id]);
  expect(await look(theirs!)).toBe('room_closed');
});
