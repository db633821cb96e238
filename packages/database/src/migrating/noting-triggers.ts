/** Makes the triggers that note usage and events, and the one of annotations, under traffic. */
import {readFileSync} from 'node:fs';
import {setTimeout as delay} from 'node:timers/promises';
import type {Connection} from '../connections/connection.ts';
import {isLockTimeout} from '../connections/sqlstate.ts';

const text = readFileSync(new URL('../../schema/noting-triggers.sql', import.meta.url), 'utf8');
const statements = [...text.matchAll(/^create trigger (\w+)[^;]*? on (\w+)[^;]*;/gm)];
const triggers = statements.map(([statement, name, table]) => ({statement, name, table}));

/** Every writer of the table waits behind this lock request, so it gives up after a short wait. */
const lockMs = 100;
const againAfterMs = 500;
const madeWithinMs = 60_000;

/**
 * Makes the missing triggers, each in its own transaction. Behind a long writing transaction it retries repeatedly, so
 * that others can write in between. Rejects after a minute. Safe to repeat, but not to run twice at once.
 */
export async function makeNotingTriggers(connection: Connection): Promise<void> {
  const until = performance.now() + madeWithinMs;
  for (const {statement, name, table} of triggers) {
    while (!(await isMade(connection, name!, table!))) {
      try {
        await connection.query(
          {name: '', text: `set local lock_timeout = ${lockMs}; ${statement}`},
          [],
          madeWithinMs,
        );
      } catch (error) {
        if (!isLockTimeout(error) || performance.now() > until) throw error;
        await delay(againAfterMs);
      }
    }
  }
}

async function isMade(connection: Connection, name: string, table: string): Promise<boolean> {
  const found = {name: '', text: 'select from pg_trigger where tgname = $1 and tgrelid = $2::regclass'};
  return (await connection.query(found, [name, table], madeWithinMs)).length > 0;
}
