/** All stored data of a user, as lines. Each page is read on request, so nothing large is ever in memory. */
import type {Message} from '@madang/protocol/messages';
import type {User} from '@madang/protocol/users';
import type {Database, Statement} from '../connections/pool.ts';
import {getUser, type UserKey} from './users.ts';

export type ExportLine = {type: string; [field: string]: unknown};

/** Rows of a page; a message has at most 16 KB. */
const pageRows = 200;

type Row = {key: string[]; line: ExportLine};

/** Rows in key order, page by page. The statement takes the user, the key after which to begin, and the limit. */
async function* pagesOf(
  db: Database,
  statement: Statement,
  fixed: unknown[],
  parts: number,
): AsyncGenerator<Row> {
  let after: (string | null)[] = Array.from({length: parts}, () => null);
  for (;;) {
    const rows = await db.query<Row>(statement, [...fixed, pageRows, ...after]);
    yield* rows;
    if (rows.length < pageRows) return;
    after = rows.at(-1)!.key;
  }
}

const identities = {
  name: 'export_identities',
  text: `
    select array[provider, subject] as key, json_build_object('type', 'identity', 'provider', provider,
      'subject', subject, 'createdAt', wire_time(created_at)) as line
    from identities where user_id = $1 and ($3::text is null or (provider, subject) > ($3, $4::text))
    order by provider, subject limit $2`,
};

const stays = {
  name: 'export_stays',
  text: `
    select array[s.room_id::text, s.joined_at_rev::text] as key, json_strip_nulls(json_build_object(
      'type', 'membership', 'roomId', s.room_id, 'title', r.title, 'kind', r.kind, 'joinedAt', s.joined_at_rev,
      'leftAt', s.left_at_rev, 'reason', s.reason, 'mutedUntil', wire_time(coalesce(m.muted_until, s.muted_until)),
      'role', m.role, 'readSeq', m.read_seq, 'banned', case when m.banned then true end,
      'createdAt', wire_time(m.created_at))) as line
    from membership_spans s
    join rooms r on r.id = s.room_id
    left join memberships m on m.room_id = s.room_id and m.user_id = s.user_id and m.joined_at_rev = s.joined_at_rev
    where s.user_id = $1 and ($3::uuid is null or (s.room_id, s.joined_at_rev) > ($3, $4::bigint))
    order by s.room_id, s.joined_at_rev limit $2`,
};

const roomIds = {
  name: 'export_room_ids',
  text: `
    select distinct array[room_id::text] as key, json_build_object('type', 'room', 'roomId', room_id)::jsonb as line
    from membership_spans where user_id = $1 and ($3::uuid is null or room_id > $3)
    order by 1 limit $2`,
};

// In the order of the index that finds them: ordered by seq, each page would read all of the user's messages in the
// room.
const messages = {
  name: 'export_messages',
  text: `
    select array[client_id::text] as key, json_build_object('type', 'message', 'message', wire_message(m)) as line
    from messages m
    where sender_id = $1 and room_id = $2 and ($4::uuid is null or client_id > $4)
    order by client_id limit $3`,
};

const files = {
  name: 'export_files',
  text: `
    select array[id::text] as key, json_strip_nulls(json_build_object('type', 'file', 'file', wire_attachment(a),
      'roomId', room_id, 'seq', seq, 'isAvatar', is_avatar, 'createdAt', wire_time(created_at))) as line
    from attachments a
    where user_id = $1 and orphaned_at is null and ($3::uuid is null or id > $3)
    order by id limit $2`,
};

const blocks = {
  name: 'export_blocks',
  text: `
    select array[other_id::text] as key,
      json_build_object('type', 'block', 'userId', other_id, 'createdAt', wire_time(created_at)) as line
    from blocks where user_id = $1 and ($3::uuid is null or other_id > $3)
    order by other_id limit $2`,
};

const invites = {
  name: 'export_invites',
  text: `
    select array[id::text] as key, json_strip_nulls(json_build_object('type', 'invite', 'roomId', room_id,
      'createdAt', wire_time(created_at), 'expiresAt', wire_time(expires_at), 'usesLeft', uses_left)) as line
    from invites where created_by = $1 and ($3::uuid is null or id > $3)
    order by id limit $2`,
};

const reports = {
  name: 'export_reports',
  text: `
    select array[id::text] as key, json_build_object('type', 'report', 'roomId', room_id, 'seq', seq, 'reason', reason,
      'createdAt', wire_time(created_at)) as line
    from reports where reporter_id = $1 and ($3::uuid is null or id > $3)
    order by id limit $2`,
};

const notifications = {
  name: 'export_notifications',
  text: `
    select array[n.seq::text] as key,
      json_build_object('type', 'notification', 'notification', coalesce(wire_shown_notification(n, b), wire_notification(n, b))) as line
    from notifications n join notification_batches b on b.id = n.batch_id
    where n.user_id = $1 and ($3::bigint is null or n.seq > $3)
    order by n.seq limit $2`,
};

/**
 * Yields all stored data of a user, and at the end the number of lines: an export without that line broke off. Each
 * line shows the state when its page was read. Throws `not_found`, also for a deleted user.
 */
export async function* exportUser(db: Database, {tenantId, userId}: UserKey): AsyncGenerator<ExportLine> {
  const {user} = await getUser(db, {tenantId, userId});
  let lines = 0;
  for await (const line of linesOf(db, userId, user)) {
    lines += 1;
    yield line;
  }
  yield {type: 'end', lines};
}

async function* linesOf(db: Database, userId: string, user: User): AsyncGenerator<ExportLine> {
  yield {type: 'user', user};
  for await (const {line} of pagesOf(db, identities, [userId], 2)) yield line;
  for await (const {line} of pagesOf(db, stays, [userId], 2)) yield line;
  for await (const {key} of pagesOf(db, roomIds, [userId], 1)) {
    for await (const {line} of pagesOf(db, messages, [userId, key[0]], 1)) {
      yield line as {type: 'message'; message: Message};
    }
  }
  for await (const {line} of pagesOf(db, files, [userId], 1)) yield line;
  for await (const {line} of pagesOf(db, blocks, [userId], 1)) yield line;
  for await (const {line} of pagesOf(db, invites, [userId], 1)) yield line;
  for await (const {line} of pagesOf(db, reports, [userId], 1)) yield line;
  for await (const {line} of pagesOf(db, notifications, [userId], 1)) yield line;
}
