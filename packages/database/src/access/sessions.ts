import type {User} from '@madang/protocol/users';
import type {Database} from '../connections/pool.ts';

/** What a session claims: `epoch` is its user's session_epoch at sign-in, `sessionHash` the SHA-256 of its id. */
export type SessionCheck = {
  userId: string;
  sessionHash: string;
  epoch: number;
  /** The key whose ticket began the session, if its id names one. */
  ticketKeyId?: string;
  /** The key that takes the place of a session. */
  keyId?: string;
};
export type SessionUser = {
  user: User;
  tenantId: string;
  sessionEpoch: number;
  /** When the key that takes the place of a session expires. */
  keyExpiresAt: string | null;
};

const signOut = {
  name: 'sign_out_session',
  text: `insert into signals (kind, session_hash, user_id) values ('session', $1, $2)`,
};

/** Ends one session permanently, on every node. Works without Redis. */
export async function signOutSession(
  db: Database,
  {sessionHash, userId}: {sessionHash: string; userId?: string},
): Promise<void> {
  await db.query(signOut, [sessionHash, userId]);
}

const check = {
  name: 'check_credentials',
  text: 'select check_credentials($1::uuid[], $2::text[], $3::int[], $4::uuid[], $5::uuid[]) as users',
};

/** Returns the user of each valid session, and undefined for each other session, in the order given. */
export async function checkSessions(
  db: Database,
  checks: readonly SessionCheck[],
): Promise<(SessionUser | undefined)[]> {
  const [row] = await db.query<{users: (SessionUser | null)[]}>(check, [
    checks.map(({userId}) => userId),
    checks.map(({sessionHash}) => sessionHash),
    checks.map(({epoch}) => epoch),
    checks.map(({ticketKeyId}) => ticketKeyId),
    checks.map(({keyId}) => keyId),
  ]);
  return row!.users.map((user) => user ?? undefined);
}

/**
 * Finds the user of a session. Undefined if the session was ended, the key whose ticket began it was revoked, or its
 * user is disabled or deleted.
 */
export async function checkSession(db: Database, session: SessionCheck): Promise<SessionUser | undefined> {
  const [user] = await checkSessions(db, [session]);
  return user;
}

const seen = {
  name: 'note_seen',
  // Once a day is exact enough for a limit of 30 days, and avoids frequent updates of a busy user's row. A user whose
  // row was never updated has never opened a socket.
  text: `update users set seen_at = greatest(clock_ms(), created_at + interval '1 ms') where id = any ($1::uuid[]) 
    and (seen_at < now() - interval '1 day' or seen_at <= created_at)`,
};

/** Records that users were seen: the worker deletes guests who have not been seen for long. */
export async function noteSeen(db: Database, {userIds}: {userIds: readonly string[]}): Promise<void> {
  await db.query(seen, [userIds]);
}
