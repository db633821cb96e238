import type {Statement} from '@madang/database/connections/pool';
import type {Tenant} from '@madang/database/operator/tenants';
import type {User} from '@madang/protocol/users';
import {createLogger} from '@madang/runtime/log';
import {afterEach, beforeEach, expect, test, vi} from 'vitest';
import {Connections} from './connections.ts';
import {Signals} from './signals.ts';

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

/** Signals over a Postgres that knows which users are valid, by their newest name. */
function setUp() {
  const log = createLogger({name: 'test', level: 'silent'});
  const postgres = {names: new Map<string, string>()};
  const db = {
    async query(_statement: Statement, values: string[][]) {
      const users = values[0]!.map((id) => {
        const found = postgres.names.get(id);
        return found === undefined ? null : {user: {id, name: found}};
      });
      return [{users}];
    },
  };
  const connections = new Connections();
  const inboxes = {wake: vi.fn<(userIds: Iterable<string>) => void>(), wakeAll: vi.fn<() => void>()};
  const tenants = {
    forget: vi.fn<(tenantId: string) => void>(),
    forgetAll: vi.fn<() => void>(),
    get: async (tenantId: string) => ({id: tenantId}) as Tenant,
  };
  /** Hashes of the tokens that the current policies do not accept. */
  const untaken = new Set<string>();
  const tokens = {
    isStillTaken: async ({token}: {token: {tokenHash: string}}) => !untaken.has(token.tokenHash),
  };
  const feeds = {restand: vi.fn<(userIds: ReadonlySet<string>) => Promise<void>>()};
  const signals = new Signals({
    feeds,
    tokens,
    tenants,
    db: db as never,
    connections,
    inboxes,
    revokedCloseMs: 250,
    log,
  });

  function connect(userId: string, sessionHash = `session of ${userId}`) {
    postgres.names.set(userId, userId);
    const connection = {
      userId,
      identity: {sessionHash, epoch: 1, user: {id: userId, name: userId}},
      revoke: vi.fn<(reason: string) => void>(),
      applyPolicy: vi.fn<(tenant: Tenant) => void>(),
      subscriptions: {hasAllRooms: false, asksForRooms: false},
      hasEnded: false,
      log,
    };
    connections.add(connection as never);
    return connection;
  }

  function connectByToken(userId: string, tenantId: string) {
    const connection = connect(userId, `token of ${userId}`);
    Object.assign(connection.identity, {tenantId, token: {tokenHash: `token of ${userId}`}});
    return connection;
  }

  return {signals, feeds, inboxes, tenants, postgres, untaken, connect, connectByToken};
}

test('ends the connections whose session holds no more, and shows the others by their newest name', async () => {
  const {signals, postgres, connect} = setUp();
  const [ada, ben, eve] = [connect('ada'), connect('ben'), connect('eve')];
  postgres.names.set('ada', 'Ada L.');
  postgres.names.delete('ben');
  postgres.names.delete('eve');

  await signals.apply([
    {kind: 'user', userId: 'ada'},
    {kind: 'user', userId: 'ben'},
    {kind: 'session', sessionHash: 'session of eve'},
  ]);

  expect(ada.identity.user.name).toBe('Ada L.');
  expect(ada.revoke).not.toHaveBeenCalled();
  expect(ben.revoke).toHaveBeenCalledWith('revoked', 250);
  expect(eve.revoke).toHaveBeenCalledWith('signed_out', 250);
});

const of = (id: string) => ({user: {id} as User, tenantId: 'any', sessionHash: 'any'});

test('ends the connections whose token the policy of their tenant takes no more', async () => {
  const {signals, untaken, connect, connectByToken} = setUp();
  const before = performance.now();
  const [ada, ben, eve] = [connectByToken('ada', 'shop'), connectByToken('ben', 'shop'), connect('eve')];
  const other = connectByToken('joe', 'bank');
  untaken.add('token of ben').add('token of joe');
  await vi.advanceTimersByTimeAsync(10);

  await signals.apply([{kind: 'tenant', tenantId: 'shop'}]);

  expect(ben.revoke).toHaveBeenCalledExactlyOnceWith('revoked', 250);
  for (const {revoke} of [ada, eve, other]) expect(revoke).not.toHaveBeenCalled();
  expect(signals.concernedSince(before, {...of('new'), tenantId: 'shop'})).toBe(true);
  await signals.applyAll();
  expect(other.revoke).toHaveBeenCalledWith('revoked', 250);
});

test('names who was signalled while their handshake was under way, and nobody else', async () => {
  const {signals} = setUp();
  const before = performance.now();
  await vi.advanceTimersByTimeAsync(10);
  await signals.apply([{kind: 'user', userId: 'ada'}]);
  await vi.advanceTimersByTimeAsync(10);

  expect(signals.concernedSince(before, of('ada'))).toBe(true);
  expect(signals.concernedSince(performance.now(), of('ada'))).toBe(false);
  expect(signals.concernedSince(before, of('ben'))).toBe(false);

  await signals.applyAll();
  expect(signals.concernedSince(before, of('ben'))).toBe(true);
});

test('has the inboxes looked into that moved, and all of them after a time without signals', async () => {
  const {signals, inboxes} = setUp();

  await signals.apply([{kind: 'notified', userIds: ['ada', 'ben']}]);
  expect(inboxes.wake).toHaveBeenCalledExactlyOnceWith(['ada', 'ben']);
  expect(inboxes.wakeAll).not.toHaveBeenCalled();
  await signals.applyAll();
  expect(inboxes.wakeAll).toHaveBeenCalledOnce();
});

test('forgets the policy that has changed, and all of them after a time without signals', async () => {
  const {signals, tenants} = setUp();

  await signals.apply([{kind: 'tenant', tenantId: 'shop'}]);
  expect(tenants.forget).toHaveBeenCalledExactlyOnceWith('shop');
  expect(tenants.forgetAll).not.toHaveBeenCalled();
  await signals.applyAll();
  expect(tenants.forgetAll).toHaveBeenCalledOnce();
});

test('gives the rooms joined elsewhere to a connection also where the first reading of them failed', async () => {
  const {signals, connect} = setUp();
  const subscribeMissed = vi.fn<() => Promise<void>>().mockRejectedValueOnce(new Error('Postgres is away'));
  Object.assign(connect('ada').subscriptions, {hasAllRooms: true, subscribeMissed});

  await signals.applyAll();
  await vi.advanceTimersByTimeAsync(5_000);

  expect(subscribeMissed).toHaveBeenCalledTimes(2);
});

test('gives the rooms joined elsewhere to a connection that was still asking for its rooms', async () => {
  const {signals, connect} = setUp();
  const {subscriptions} = connect('ada');
  const subscribeMissed = vi.fn<() => Promise<void>>();
  Object.assign(subscriptions, {asksForRooms: true, subscribeMissed});

  await signals.applyAll();
  await vi.advanceTimersByTimeAsync(1_500);
  expect(subscribeMissed).not.toHaveBeenCalled();
  Object.assign(subscriptions, {hasAllRooms: true, asksForRooms: false});
  await vi.advanceTimersByTimeAsync(1_500);

  expect(subscribeMissed).toHaveBeenCalledOnce();
});

test('asks what people are shown and may do by a policy that has changed: those of its tenant, and all after a time without signals', async () => {
  const {signals, feeds, connectByToken} = setUp();
  const [ada, ben] = [connectByToken('ada', 'shop'), connectByToken('ben', 'desk')];

  await signals.apply([{kind: 'tenant', tenantId: 'shop'}]);
  expect(feeds.restand).toHaveBeenCalledExactlyOnceWith(new Set(['ada']));
  expect(ada.applyPolicy).toHaveBeenCalledExactlyOnceWith({id: 'shop'});
  expect(ben.applyPolicy).not.toHaveBeenCalled();
  await signals.applyAll();
  expect(feeds.restand).toHaveBeenLastCalledWith(new Set(['ada', 'ben']));
  expect(ben.applyPolicy).toHaveBeenCalledExactlyOnceWith({id: 'desk'});
});
