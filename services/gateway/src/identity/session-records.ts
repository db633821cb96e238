/** The session records in Redis. Requests and connections read them, and keep them from expiring. */
import {ChatError} from '@madang/protocol/errors';
import type {RedisClients} from '@madang/redis/clients';
import {z} from 'zod';
import type {Config} from '../config.ts';

/** The fields that Madang adds to those of express-session. */
const sessionRecord = z
  .string()
  .transform((text, {issues}) => {
    try {
      return JSON.parse(text) as unknown;
    } catch {
      issues.push({code: 'custom', message: 'is no JSON', input: text});
      return z.NEVER;
    }
  })
  .pipe(
    z.looseObject({
      passport: z.object({user: z.uuid()}),
      createdAt: z.int(),
      isUnseen: z.boolean().optional(),
    }),
  );
export type SessionRecord = z.output<typeof sessionRecord>;

const touchedAtOnce = 1_000;

export function createSessionRecords(
  {sessions, keys}: Pick<RedisClients, 'sessions' | 'keys'>,
  {SESSION_IDLE_SECONDS: idleSeconds}: Pick<Config, 'SESSION_IDLE_SECONDS'>,
) {
  const keyOf = (sessionHash: string) => keys.sessions + sessionHash;

  /** Sets the record only if it still exists, so that a session that has ended meanwhile does not return. */
  async function markSeen(key: string, {isUnseen: _, ...record}: SessionRecord): Promise<void> {
    await sessions.set(key, JSON.stringify(record), 'EX', idleSeconds, 'XX');
  }

  return {
    /**
     * Reads a session's record, which keeps the session from becoming idle. A guest's session counts as used only from
     * its first socket on. If Redis fails, this throws `unavailable` and never returns "no session", which a client
     * would take for a sign-out.
     */
    async read(sessionHash: string, over: 'http' | 'socket'): Promise<SessionRecord | undefined> {
      const key = keyOf(sessionHash);
      try {
        const text = await sessions.get(key);
        const record = text === null ? undefined : sessionRecord.safeParse(text).data;
        if (record?.isUnseen && over === 'socket') await markSeen(key, record);
        else if (record && !record.isUnseen) await sessions.expire(key, idleSeconds);
        return record;
      } catch (cause) {
        throw new ChatError('unavailable', {cause});
      }
    },

    /** Keeps sessions from becoming idle. A session that has ended stays ended. Rejects while Redis is away. */
    async touch(sessionHashes: ReadonlySet<string>): Promise<void> {
      const hashes = [...sessionHashes];
      for (let from = 0; from < hashes.length; from += touchedAtOnce) {
        const some = hashes.slice(from, from + touchedAtOnce);
        await Promise.all(some.map((hash) => sessions.expire(keyOf(hash), idleSeconds)));
      }
    },
  };
}
