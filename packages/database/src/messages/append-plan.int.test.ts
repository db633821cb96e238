import {randomUUID} from 'node:crypto';
import {expect, test} from 'vitest';
import {createWorld} from '../../test/fixtures.ts';

const {account, query, room, session, tenantId} = await createWorld();

type Plan = {'Shared Hit Blocks': number; 'Shared Read Blocks': number};

const explained = `explain (analyze, buffers, format json)
  select * from store_messages(array[$1::uuid], true, array[1], array[$2::uuid], array[$3::uuid], array['{}'::jsonb],
    array[$4::uuid], array['text'], array[$5::bigint], null, null)`;

type Ask = Awaited<ReturnType<typeof session>>;
type Sent = {roomId: string; userId: string; replyTo: number | null};

/** How many pages one more message touches, with the session's existing plan or a new one. */
async function pagesOf(ask: Ask, {roomId, userId, replyTo}: Sent) {
  const values = [roomId, tenantId, userId, randomUUID(), replyTo];
  const [row] = await ask<{'QUERY PLAN': [{Plan: Plan}]}>(explained, values);
  const {'Shared Hit Blocks': hit, 'Shared Read Blocks': read} = row!['QUERY PLAN'][0].Plan;
  return hit + read;
}

test('a message touches as many pages in a full room as in an empty one, whatever the statistics say', async () => {
  const {id: userId} = await account();
  const {id: roomId} = await room(userId);
  await query('alter table messages set (autovacuum_enabled = false)');
  await query('analyze');
  const [early, late] = [await session(), await session()];
  const message = {roomId, userId, replyTo: null};
  await pagesOf(early, message);
  const inEmpty = await pagesOf(early, {...message, replyTo: 1});

  await query(
    `insert into messages (room_id, seq, rev, sender_id, sender, client_id, text, created_at)
     select $1, seq, seq, $2, '{}', gen_random_uuid(), 'text', now() from generate_series(3, 20000) seq`,
    [roomId, userId],
  );
  await query('update rooms set head = 20000 where id = $1', [roomId]);
  await pagesOf(late, message);

  // The indexes are now a few levels deeper.
  expect(await pagesOf(early, {...message, replyTo: 9_999})).toBeLessThan(inEmpty + 50);
  expect(await pagesOf(late, {...message, replyTo: 9_999})).toBeLessThan(inEmpty + 50);
  await query('analyze messages');
  const analyzed = await session();
  await pagesOf(analyzed, message);
  expect(await pagesOf(analyzed, {...message, replyTo: 9_999})).toBeLessThan(inEmpty + 50);
  expect(await query('select head from rooms where id = $1', [roomId])).toEqual([{head: 20_005}]);
});
