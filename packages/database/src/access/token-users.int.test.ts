import {randomUUID} from 'node:crypto';
import {expect, test} from 'vitest';
import {createWorld} from '../../test/fixtures.ts';
import {findRoomAccess} from '../rooms/rooms.ts';
import {putUser} from '../users/external-users.ts';
import {deleteUser, disableUser, enableUser, signOutEverywhere, updateUser} from '../users/users.ts';
import {checkSession, signOutSession} from './sessions.ts';
import {signInByClaims, type TokenClaims} from './token-users.ts';

const {db, tenantId, generalRoomId, query} = await createWorld();
const byDefault = () => ({name: 'somebody', color: '#112233'});
const inSeconds = () => Math.floor(Date.now() / 1_000);

function claimsOf(more: Partial<TokenClaims> = {}): TokenClaims {
  const [externalId, tokenHash] = [randomUUID(), randomUUID()];
  // Later than any second in which this test signs a user out.
  return {tenantId, externalId, tokenHash, issuedAt: inSeconds() + 60, ...more};
}
const signIn = (claims: TokenClaims) => signInByClaims(db, {...claims, byDefault});

test('the first token makes the account, in general, however many come at once', async () => {
  const claims = claimsOf({name: 'Ada'});

  const found = await Promise.all(Array.from({length: 20}, () => signIn(claims)));

  const ids = new Set(found.map((one) => one!.user.id));
  expect(ids.size).toBe(1);
  expect(found[0]).toMatchObject({tenantId, sessionEpoch: 1, user: {kind: 'account', name: 'Ada'}});
  const userId = found[0]!.user.id;
  const access = await findRoomAccess(db, {tenantId, roomId: generalRoomId, userId});
  expect(access!.membership).toMatchObject({role: 'member'});
  const put = await putUser(db, {
    tenantId,
    externalId: claims.externalId,
    name: 'Ada',
    defaultColor: '#000000',
  });
  expect(put.user.id).toBe(userId);
});

test('a token without a name makes a user of the name given by default, and renames nobody', async () => {
  const claims = claimsOf();

  expect((await signIn(claims))!.user.name).toBe('somebody');
  await signIn({...claims, name: 'Grace', issuedAt: claims.issuedAt + 1});
  expect((await signIn({...claims, issuedAt: claims.issuedAt + 2}))!.user.name).toBe('Grace');
});

test('a later token brings its names, an earlier one does not bring its own back', async () => {
  const first = claimsOf({name: 'Before'});
  const later = {
    ...first,
    tokenHash: randomUUID(),
    name: 'After',
    displayName: 'A.',
    issuedAt: first.issuedAt + 10,
  };
  await signIn(first);

  const renamed = await signIn(later);
  const again = await signIn(first);

  expect(renamed!.user).toMatchObject({name: 'After', displayName: 'A.'});
  expect(again!.user).toEqual(renamed!.user);
});

test('what the product or the user has changed since stays, until a later token', async () => {
  const early = claimsOf({name: 'Token', issuedAt: inSeconds() - 60});
  const {externalId} = early;
  await putUser(db, {tenantId, externalId, name: 'Product', defaultColor: '#000000'});

  const first = await signIn(early);
  await updateUser(db, {tenantId, userId: first!.user.id, displayName: 'Myself'});
  const second = await signIn({...early, displayName: 'Token'});
  const later = await signIn(claimsOf({externalId, name: 'Token', displayName: 'Token'}));

  expect(first!.user.name).toBe('Product');
  expect(second!.user).toMatchObject({name: 'Product', displayName: 'Myself'});
  expect(later!.user).toMatchObject({name: 'Token', displayName: 'Token'});
});

test('signing out ends one token, on the way of sessions, and no other of the user', async () => {
  const claims = claimsOf({name: 'Ada'});
  const other = {...claims, tokenHash: randomUUID()};
  const {user, sessionEpoch: epoch} = (await signIn(claims))!;

  await signOutSession(db, {sessionHash: claims.tokenHash, userId: user.id});

  expect(await signIn(claims)).toBeUndefined();
  expect((await signIn(other))!.user.id).toBe(user.id);
  const check = (sessionHash: string) => checkSession(db, {userId: user.id, sessionHash, epoch});
  expect(await check(claims.tokenHash)).toBeUndefined();
  expect(await check(other.tokenHash)).toBeDefined();
});

test('signing out everywhere ends tokens issued up to that second, and what they opened', async () => {
  const claims = claimsOf({name: 'Ada', issuedAt: inSeconds() - 5});
  const {user, sessionEpoch: epoch} = (await signIn(claims))!;

  await signOutEverywhere(db, {tenantId, userId: user.id});

  const [{at}] = (await query(
    'select floor(extract(epoch from signed_out_at))::float8 as at from users where id = $1',
    [user.id],
  )) as [{at: number}];
  expect(await signIn(claims)).toBeUndefined();
  expect(await signIn({...claims, issuedAt: at})).toBeUndefined();
  expect((await signIn({...claims, issuedAt: at + 1}))!.user.id).toBe(user.id);
  expect(await checkSession(db, {userId: user.id, sessionHash: claims.tokenHash, epoch})).toBeUndefined();
});

test('a disabled user is refused, and once enabled needs a new token', async () => {
  const claims = claimsOf({name: 'Ada', issuedAt: inSeconds() - 5});
  const {user} = (await signIn(claims))!;

  await disableUser(db, {tenantId, userId: user.id});
  expect(await signIn(claims)).toBeUndefined();
  expect(await signIn({...claims, issuedAt: inSeconds() + 60})).toBeUndefined();

  await enableUser(db, {tenantId, userId: user.id});
  expect(await signIn(claims)).toBeUndefined();
  expect((await signIn({...claims, issuedAt: inSeconds() + 60}))!.user.id).toBe(user.id);
});

test('no token makes a deleted user again, until the product does', async () => {
  const claims = claimsOf({name: 'Ada'});
  const {externalId} = claims;
  const {user} = (await signIn(claims))!;

  await deleteUser(db, {userId: user.id});

  expect(await signIn(claims)).toBeUndefined();
  expect(await signIn(claimsOf({externalId, name: 'Ada', issuedAt: inSeconds() + 600}))).toBeUndefined();
  const {user: next} = await putUser(db, {tenantId, externalId, name: 'Ada', defaultColor: '#000000'});
  expect(next.id).not.toBe(user.id);
  expect((await signIn(claims))!.user.id).toBe(next.id);
  // A token issued to the deleted user is invalid for the next one.
  expect(await signIn({...claims, issuedAt: inSeconds() - 5})).toBeUndefined();
});

test('a guest or a service of that id is nobody whom a token stands for', async () => {
  const claims = claimsOf({name: 'Ada'});
  await signIn(claims);
  await query(`update users set kind = 'service' where external_id = $1`, [claims.externalId]);

  expect(await signIn(claims)).toBeUndefined();
});
