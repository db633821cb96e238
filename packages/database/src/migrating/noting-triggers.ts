/** Makes the triggers that note usage and events, under traffic. */
import {readFileSync} from 'node:fs';
import {setTimeout as delay} from 'node:timers/promises';
import type {Connection} from '../connections/connection.ts';
import {isLockTimeout} from '../connections/sqlstate.ts';

const text = readFileSync(new URL('../../schema/noting-triggers.sql', import.meta.url), 'utf8');
const statements = [...text.matchAll(/^create trigger (\w+)[^;]*? on (\w+)[^;]*;/gm)];
const triggers = statements.map(([statement, name, table]) => ({statement, name, table}));

/** Whoever writes waits behind this lock for as long as this waits for it, so it is not waited for. */
const lockMs = 100;
const againAfterMs = 500;
const madeWithinMs = 60_000;

/**
 * Makes those that are missing, each in a transaction of its own. Behind a transaction that writes for long it is tried again and
 * again, so that others write in between. Rejects when that takes a minute. Safe to repeat, not to run twice at once.
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
