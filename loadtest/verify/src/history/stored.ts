/** What Postgres stores once everything is quiet: the truth with which everything is compared. */
import {createDatabase} from '@madang/database/connections/pool';

export type StoredMessage = {
  roomId: string;
  seq: number;
  rev: number;
  senderId: string;
  clientId: string;
  text: string;
  isDeleted: boolean;
  /** Ids of the users whom it mentions. */
  mentions: string[];
  /** The message that it quotes. */
  replyTo: number | null;
};
export type StoredRoom = {
  id: string;
  epoch: string;
  head: number;
  capacity: number | null;
  memberCount: number;
  isClosed: boolean;
};
export type Span = {roomId: string; userId: string; joinedAt: number; leftAt: number | null};
export type StoredMembership = {roomId: string; userId: string; joinedAt: number; readSeq: number};

export type Stored = {
  rooms: StoredRoom[];
  /** By room, then by seq. */
  messages: StoredMessage[];
  spans: Span[];
  /** For users who are in a room now. */
  memberships: StoredMembership[];
};

const silent = {debug() {}, info() {}, warn() {}, error() {}};

export async function readStored(databaseUrl: string): Promise<Stored> {
  const db = createDatabase({
    url: databaseUrl,
    log: silent,
    applicationName: 'madang verify',
    maxConnections: 1,
    statementTimeoutMs: 60_000,
    deadlineMs: 60_000,
  });
  const read = <Row extends object>(text: string) => db.query<Row>({name: '', text});
  try {
    return {
      rooms: await read<StoredRoom>(`
        select id, wire_epoch(epoch) as epoch, head, capacity, member_count as "memberCount",
          closed_at is not null as "isClosed"
        from rooms`),
      messages: await read<StoredMessage>(`
        select room_id as "roomId", seq, rev, sender_id as "senderId", client_id as "clientId", text,
          deleted_at is not null as "isDeleted",
          array(select mention ->> 'id' from jsonb_array_elements(payload -> 'mentions') mention) as mentions,
          (payload ->> 'replyTo')::integer as "replyTo"
        from messages order by room_id, seq`),
      spans: await read<Span>(`
        select room_id as "roomId", user_id as "userId", joined_at_rev as "joinedAt", left_at_rev as "leftAt"
        from membership_spans order by room_id, user_id, joined_at_rev`),
      memberships: await read<StoredMembership>(`
        select m.room_id as "roomId", m.user_id as "userId", m.joined_at_rev as "joinedAt", m.read_seq as "readSeq"
        from memberships m join rooms r on r.id = m.room_id
        where not m.banned and r.closed_at is null`),
    };
  } finally {
    await db.close();
  }
}
