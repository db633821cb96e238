/**
 * Which sessions each user has, so that they can see and end them. It is beside the sessions in Redis and lost with them.
 * It grants nothing: a session ends in Postgres, and lives by its own record.
 */
import {checkSessions} from '@madang/database/access/sessions';
import type {Database} from '@madang/database/connections/pool';
import {ChatError} from '@madang/protocol/errors';
import type {ListedSession} from '@madang/protocol/users';
import type {RedisClients} from '@madang/redis/clients';
import {z} from 'zod';
import type {Config} from '../config.ts';
import type {SessionId} from './session-ids.ts';

/** What is kept of a session: when and from where it was begun, and what Postgres needs to tell whether it is valid. */
const entry = z.object({
  createdAt: z.int(),
  epoch: z.int(),
  ticketKeyId: z.string().optional(),
  address: z.string().optional(),
  agent: z.string().optional(),
});
type Entry = z.infer<typeof entry>;
/** Where a session is used from. */
export type From = {address?: string | undefined; agent?: string | undefined};

/** Older sessions of a user are in no list. They end by signing out everywhere. */
const maxListed = 100;
const maxAgentChars = 300;

export type SessionList = ReturnType<typeof createSessionList>;

export function createSessionList(
  db: Database,
  {sessions: redis, keys}: Pick<RedisClients, 'sessions' | 'keys'>,
  config: Pick<Config, 'SESSION_IDLE_SECONDS' | 'SESSION_MAX_SECONDS'>,
) {
  async function write(session: SessionId, begun: Entry): Promise<void> {
    const key = keys.userSessions(session.userId);
    await redis.hset(key, session.sessionHash, JSON.stringify(begun));
    await redis.expire(key, config.SESSION_MAX_SECONDS);
    if ((await redis.hlen(key)) > maxListed) await dropOldest(session.userId);
  }

  async function dropOldest(userId: string): Promise<void> {
    const oldest = (await read(userId)).slice(maxListed).map(([hash]) => hash);
    if (oldest.length > 0) await redis.hdel(keys.userSessions(userId), ...oldest);
  }

  /** All entries of a user, the newest first. */
  async function read(userId: string): Promise<[hash: string, begun: Entry][]> {
    const found = Object.entries(await redis.hgetall(keys.userSessions(userId)));
    return found
      .map(([hash, text]): [string, Entry] => [hash, entry.parse(JSON.parse(text))])
      .sort(([, a], [, b]) => b.createdAt - a.createdAt);
  }

  /** When a session was last used, in milliseconds since 1970: each use lets its record live for as long as it may be idle. */
  async function seenAt(sessionHash: string): Promise<number | undefined> {
    const leftMs = await redis.pttl(keys.sessions + sessionHash);
    return leftMs < 0 ? undefined : Date.now() - Math.max(0, config.SESSION_IDLE_SECONDS * 1_000 - leftMs);
  }

  return {
    /** Adds a session that has just begun. The session works without this, so a failure is no failure of the sign-in. */
    async note({ticketKeyId, ...session}: SessionId, {address, agent}: From): Promise<void> {
      const begun = {
        createdAt: Date.now(),
        epoch: session.epoch,
        ...(ticketKeyId !== undefined && {ticketKeyId}),
        ...(address !== undefined && {address}),
        ...(agent !== undefined && {agent: agent.slice(0, maxAgentChars)}),
      };
      await write(session, begun).catch(() => undefined);
    },

    /**
     * The sessions of a user that are valid, the newest first; those that have ended are forgotten. Throws `unavailable`
     * while Redis is away.
     */
    async list(userId: string): Promise<Omit<ListedSession, 'current'>[]> {
      try {
        const entries = await read(userId);
        const checks = entries.map(([sessionHash, {epoch, ticketKeyId}]) => ({
          userId,
          sessionHash,
          epoch,
          ...(ticketKeyId !== undefined && {ticketKeyId}),
        }));
        const [seen, valid] = await Promise.all([
          Promise.all(entries.map(([hash]) => seenAt(hash))),
          checkSessions(db, checks),
        ]);
        const over = entries.filter((_, at) => seen[at] === undefined || valid[at] === undefined);
        if (over.length > 0) await redis.hdel(keys.userSessions(userId), ...over.map(([hash]) => hash));
        return entries.flatMap(([id, {createdAt, address, agent}], at) =>
          seen[at] === undefined || valid[at] === undefined
            ? []
            : {
                id,
                createdAt: timeOf(createdAt),
                seenAt: timeOf(Math.max(createdAt, seen[at])),
                ...(address !== undefined && {address}),
                ...(agent !== undefined && {agent}),
              },
        );
      } catch (cause) {
        throw cause instanceof ChatError ? cause : new ChatError('unavailable', {cause});
      }
    },

    /** Whether the user has begun this session, as far as Redis knows. */
    async has(userId: string, sessionHash: string): Promise<boolean> {
      try {
        return (await redis.hexists(keys.userSessions(userId), sessionHash)) === 1;
      } catch (cause) {
        throw new ChatError('unavailable', {cause});
      }
    },

    async forget(userId: string, sessionHash: string): Promise<void> {
      await redis.hdel(keys.userSessions(userId), sessionHash).catch(() => undefined);
    },

    /** For a deleted user. While Redis is away, the list stays until it expires. */
    forgetAll(userId: string): void {
      redis.del(keys.userSessions(userId)).catch(() => undefined);
    },
  };
}

const timeOf = (ms: number) => new Date(ms).toISOString();
