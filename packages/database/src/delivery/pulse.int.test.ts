import {randomUUID} from 'node:crypto';
import {expect, test} from 'vitest';
import {pruneMoves} from '../jobs/jobs.ts';
import {appendBatch} from '../messages/append-batch.ts';
import {createAppender} from '../messages/append.ts';
import {createPulse, leaveCluster} from './pulse.ts';
import {restored} from '../migrating/restored.ts';
import {signOutSession} from '../access/sessions.ts';
import {createWorld, silent, until} from '../../test/fixtures.ts';

const world = await createWorld();
const {db, account, room, item, query} = world;
const {append} = world.closing(createAppender(db, {log: silent, onCommitted: () => {}, deadlineMs: 20_000}));

const pulse = (nodeId: string = randomUUID()) => world.closing(createPulse(db, {nodeId, leaseMs: 8_000}));
const signOut = (sessionHash: string) => signOutSession(db, {sessionHash});

test('answers each signal once, after a first answer that is fresh', async () => {
  const {ask} = pulse();
  await signOut('before');

  const first = await ask([]);
  await signOut('a');
  await signOut('b');
  const second = await ask([]);
  const third = await ask([]);

  expect(first).toMatchObject({fresh: true, signals: []});
  expect(second).toMatchObject({
    fresh: false,
    signals: [
      {kind: 'session', sessionHash: 'a'},
      {kind: 'session', sessionHash: 'b'},
    ],
  });
  expect(third).toMatchObject({fresh: false, signals: []});
});

test('misses no signal that commits late, and repeats none, while a writing transaction stays open', async () => {
  const {ask} = pulse();
  await ask([]);
  const [long, slow] = [await world.session(), await world.session()];
  await long('begin');
  await long('select pg_current_xact_id()');
  await slow('begin');
  await slow(`insert into signals (kind, session_hash) values ('session', 'slow')`);
  const heard: unknown[] = [];
  const listen = async () => heard.push(...(await ask([])).signals.map(({sessionHash}) => sessionHash));

  await signOut('quick');
  await listen();
  await listen();
  await slow('commit');
  await signOut('later');
  await listen();
  await listen();
  await long('commit');
  await listen();
  await listen();

  expect(heard).toEqual(['quick', 'slow', 'later']);
});

test('hears everything from many writers at once', async () => {
  const {ask} = pulse();
  await ask([]);
  const hashes = Array.from({length: 200}, () => randomUUID());
  const heard: string[] = [];
  let isDone = false;

  const writing = Promise.all(hashes.map(signOut)).then(() => (isDone = true));
  while (!isDone) heard.push(...(await ask([])).signals.map(({sessionHash}) => sessionHash!));
  await writing;
  heard.push(...(await ask([])).signals.map(({sessionHash}) => sessionHash!));

  expect(heard.sort()).toEqual(hashes.sort());
});

test('tells every room that a batch has moved in one row, once, and where its log is', async () => {
  const {ask} = pulse();
  const owner = await account();
  const [one, two] = [await room(owner.id), await room(owner.id)];
  await ask([]);
  const before = await query('select from moves');

  const items = [item(one.id, owner.id), item(two.id, owner.id), item(one.id, owner.id)];
  const session = await db.connect();
  await appendBatch(session, items, {waitsForLocks: false, deadlineMs: 20_000});
  await session.close();

  expect(await query('select from moves')).toHaveLength(before.length + 1);
  expect((await ask([])).moves).toEqual(
    new Map([
      [one.id, 2],
      [two.id, 1],
    ]),
  );
  expect((await ask([])).moves).toEqual(new Map());
});

test('misses no move that commits late, not even behind one that stays open', async () => {
  const {ask} = pulse();
  const owner = await account();
  const [early, late] = [await room(owner.id), await room(owner.id)];
  await ask([]);
  const [long, slow] = [await world.session(), await world.session()];
  await long('begin');
  await long('select pg_current_xact_id()');
  await slow('begin');
  await slow('select note_move($1)', [late.id]);
  const told: string[] = [];
  const listen = async () => told.push(...(await ask([])).moves.keys());

  await append(item(early.id, owner.id));
  await listen();
  await listen();
  await slow('commit');
  await listen();
  await listen();
  await long('commit');
  await listen();

  expect(told).toEqual([early.id, late.id]);
});

test('is fresh where rows may be pruned that it did not see, and only there', async () => {
  const {ask} = pulse();
  const owner = await account();
  const {id} = await room(owner.id);
  await ask([]);
  await append(item(id, owner.id));

  await pruneMoves(db, {keepMs: 3_600_000, limit: 10});
  expect((await ask([])).moves).toEqual(new Map([[id, 1]]));

  await append(item(id, owner.id));
  // Transactions of other tests, in other databases, delay marks for a moment.
  await until('all to be pruned', async () => {
    await pruneMoves(db, {keepMs: 0, limit: 1_000});
    return (await query('select from moves')).length === 0;
  });
  expect(await ask([])).toMatchObject({fresh: true, moves: new Map()});
  await append(item(id, owner.id));
  expect(await ask([])).toMatchObject({fresh: false, moves: new Map([[id, 3]])});
});

test('prunes nothing that could not be seen for as long, however long ago it was written', async () => {
  const {ask} = pulse();
  const owner = await account();
  const {id} = await room(owner.id);
  const hourly = {keepMs: 3_600_000, limit: 1_000};
  await ask([]);
  const slow = await world.session();
  await slow('begin');
  await slow('select note_move($1)', [id]);
  await ask([]);
  await pruneMoves(db, hourly);
  await query(`update move_marks set at = at - interval '2 hours'`);
  await slow('commit');

  await pruneMoves(db, hourly);

  expect(await ask([])).toMatchObject({fresh: false, moves: new Map([[id, 0]])});
});

test('tells which rooms have moved since the positions given', async () => {
  const {ask} = pulse();
  const owner = await account();
  const [still, moving] = [await room(owner.id), await room(owner.id)];
  const {epoch} = await append(item(moving.id, owner.id));
  await append(item(moving.id, owner.id));
  const gone = randomUUID();

  const {moved} = await ask([
    {roomId: still.id, epoch, head: 0},
    {roomId: moving.id, epoch, head: 1},
    {roomId: gone, epoch, head: 5},
  ]);

  expect(moved).toEqual([
    {roomId: moving.id, epoch, head: 2},
    {roomId: gone, epoch: '', head: 0},
  ]);
});

test('goes on where it was on a new connection, since what it knows holds for the server', async () => {
  const {ask} = pulse();
  await ask([]);
  await signOut('meanwhile');
  await query(`
    select pg_terminate_backend(pid) from pg_stat_activity
    where application_name = 'test pulse' and datname = current_database()`);

  const answer = await until('the pulse to come back', () => ask([]).catch(() => undefined));

  expect(answer).toMatchObject({fresh: false, signals: [{kind: 'session', sessionHash: 'meanwhile'}]});
});

test('an overdue pulse fails within its deadline and the next one asks again', async () => {
  const {ask} = world.closing(createPulse(db, {nodeId: 'blocked', leaseMs: 8_000, deadlineMs: 200}));
  await ask([]);
  const session = await world.session();
  await session('begin');
  await session('lock table nodes');

  const startedAt = performance.now();
  await expect(ask([])).rejects.toMatchObject({code: 'unavailable'});
  const elapsedMs = performance.now() - startedAt;
  await session('commit');

  expect(elapsedMs).toBeLessThan(700);
  await expect(until('an answer', () => ask([]).catch(() => undefined))).resolves.toMatchObject({
    fresh: false,
  });
});

test('renews the lease of its node, until the node leaves', async () => {
  const nodeId = randomUUID();
  const {ask} = pulse(nodeId);
  const leaseMs = async () =>
    (
      await query<{ms: number}>(
        `select extract(epoch from lease_until - clock_timestamp())::float * 1000 as ms from nodes where id = $1`,
        [nodeId],
      )
    )[0]!.ms;

  await ask([]);
  expect(await leaseMs()).toBeGreaterThan(7_000);
  await leaveCluster(db, {nodeId});
  expect(await leaseMs()).toBeLessThanOrEqual(0);
});

test('a restore gives every log another epoch and leaves no signal', async () => {
  const owner = await account();
  const {id} = await room(owner.id);
  const before = await append(item(id, owner.id));
  await signOut('old');

  const first = await restored(world.adminDb);
  const second = await restored(world.adminDb);

  expect(second.incarnation).toBeGreaterThan(first.incarnation);
  expect(await query('select from signals')).toEqual([]);
  expect(await query('select from moves')).toEqual([]);
  expect((await append(item(id, owner.id))).epoch).not.toBe(before.epoch);
});

test('is fresh after a restore, whatever the transactions of the other server were called', async () => {
  const {ask} = pulse();
  await ask([]);
  await signOut('of the past');

  await restored(world.adminDb);
  const answer = await ask([]);

  expect(answer).toMatchObject({fresh: true, signals: []});
});
