/**
 * Records that service keys were used, once a minute per node and key. Nothing waits for the write; the next one makes
 * up for a lost one.
 */
import {noteKeyUses} from '@madang/database/access/key-holders';
import type {Database} from '@madang/database/connections/pool';

const everyMs = 60_000;
const flushMs = 500;

export function createKeyUses(db: Database) {
  const noted = new Map<string, number>();
  let waiting: string[] = [];

  function flush(): void {
    const keyIds = waiting;
    waiting = [];
    noteKeyUses(db, {keyIds}).catch(() => {
      for (const id of keyIds) noted.delete(id);
    });
  }

  return {
    note(keyId: string): void {
      const now = performance.now();
      if (now - (noted.get(keyId) ?? -Infinity) < everyMs) return;
      noted.set(keyId, now);
      waiting.push(keyId);
      if (waiting.length === 1) setTimeout(flush, flushMs).unref();
    },
  };
}
