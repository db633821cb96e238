/**
 * Sends the rows of the outbox to the cluster, in order. Each row has a key. A row that was sent but not marked because a
 * process crashed, or that two desks send at once, is therefore still one notification.
 */
import {setTimeout as sleep} from 'node:timers/promises';
import type {Database} from './database.ts';
import type {Logger} from 'pino';
import {ServerError, type Server as Chat} from '@madang/server';

/** The pause before a retry, and between checks for rows that other desks wrote. */
const againMs = 1_000;

/**
 * Failures that sending the row again cannot change. Anything else, such as a revoked key, is resolved by time or an
 * operator.
 */
const isAboutTheRow: ReadonlySet<string> = new Set(['invalid', 'not_found', 'conflict', 'too_large']);

type Row = {id: number; key: string; chatUserId: string; type: string; data: Record<string, unknown>};

const nextRows = {
  name: 'desk_next_outbox',
  text: `
    select id, key, chat_user_id as "chatUserId", type, data from outbox
    where sent_at is null and refused is null order by id limit 50`,
};
const tickOff = {
  name: 'desk_tick_off',
  text: 'update outbox set sent_at = case when $2::text is null then now() end, refused = $2 where id = $1',
};

export type Outbox = {
  /** Call this after a row was written: the row is sent at once. */
  wake(): void;
  stop(): Promise<void>;
};

export function startOutbox(db: Database, chat: Chat, log: Logger): Outbox {
  const stopping = new AbortController();
  let woken = Promise.withResolvers<void>();

  async function tellAll(): Promise<void> {
    for (;;) {
      const rows = await db.query<Row>(nextRows);
      for (const row of rows) {
        if (stopping.signal.aborted) return;
        await tell(row);
      }
      if (rows.length === 0) return;
    }
  }

  async function tell({id, key, chatUserId, type, data}: Row): Promise<void> {
    let refused: string | null = null;
    try {
      await chat.notify({to: [chatUserId], type, data, key});
    } catch (error) {
      if (!(error instanceof ServerError) || !isAboutTheRow.has(error.code)) throw error;
      refused = error.code;
      log.warn({key, code: error.code}, 'notification refused');
    }
    await db.query(tickOff, [id, refused]);
  }

  async function run(): Promise<void> {
    while (!stopping.signal.aborted) {
      woken = Promise.withResolvers<void>();
      await tellAll().catch((error: unknown) => log.warn({err: error}, 'outbox waits'));
      await Promise.race([
        woken.promise,
        sleep(againMs, undefined, {signal: stopping.signal}).catch(() => {}),
      ]);
    }
  }

  const ended = run();
  return {
    wake: () => woken.resolve(),
    async stop() {
      stopping.abort();
      await ended;
    },
  };
}
