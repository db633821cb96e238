import {expect, test} from 'vitest';
import {createAppender} from '../messages/append.ts';
import {createDatabase} from './pool.ts';
import {createWorld, silent, until} from '../../test/fixtures.ts';

const world = await createWorld();
const {account, room, item, query} = world;
// With production time-outs.
const db = world.closing(createDatabase({url: world.url, log: silent, applicationName: 'cold'}));

/** From now on the first append of each backend exceeds the statement time-out. Records all of them. */
async function slowFirstAppends() {
  await query(`create table calls (no serial, pid int, waits boolean, items int)`);
  await query(`alter function store_messages rename to store_messages_when_warm`);
  await query(`
    create function store_messages(uuid[], boolean, int[], uuid[], uuid[], jsonb[], uuid[], text[], bigint[],
      jsonb[], text[])
    returns table (outcome text, seq bigint, created_at timestamptz, epoch text, muted_until timestamptz)
    language plpgsql as $$
    begin
      if coalesce(current_setting('test.is_warm', true), '') = '' then
        perform pg_sleep(0.9);
        perform set_config('test.is_warm', 'yes', false);
      end if;
      insert into calls (pid, waits, items) values (pg_backend_pid(), $2, cardinality($3));
      return query select * from store_messages_when_warm($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11);
    end $$`);
}

test('a backend whose first append takes longer than a send may is asked to append nothing first', async () => {
  const owner = await account();
  const [free, locked] = [await room(owner.id), await room(owner.id)];
  const appender = world.closing(createAppender(db, {log: silent, onCommitted: () => {}}));
  const send = (roomId: string) => appender.append(item(roomId, owner.id)).catch(() => undefined);
  await slowFirstAppends();

  await until('a message to be stored', () => send(free.id));
  const session = await world.session();
  await session('begin');
  await session('select from rooms where id = $1 for update', [locked.id]);
  await until('a lane to open', async () => {
    await send(locked.id);
    return (await query('select from calls where waits')).length > 0;
  });
  await session('commit');
  await until('a message of the locked room to be stored', () => send(locked.id));

  const first = await query<{waits: boolean; items: number}>(
    `select waits, items from (select distinct on (pid) * from calls order by pid, no) first order by waits, no`,
  );
  expect(first.length).toBeGreaterThanOrEqual(2);
  expect(new Set(first.map(({items}) => items))).toEqual(new Set([0]));
  expect(new Set(first.map(({waits}) => waits))).toEqual(new Set([false, true]));
});

test('a backend that does not become warm is given up, and leaves Postgres', async () => {
  const warmUp = {statement: {name: '', text: 'select pg_sleep(30)'}, values: []};

  await expect(db.connect({name: 'stuck', warmUp})).rejects.toThrow();

  await until('the backend to end', async () => {
    const stuck = await query(`select from pg_stat_activity where application_name = 'cold stuck'`);
    return stuck.length === 0;
  });
});
