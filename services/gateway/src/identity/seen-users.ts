/**
 * Records when users were last seen: guests unseen for a month are deleted, and products can read the time. It is exact
 * to a day, so each node writes a user once an hour at most. Nothing waits for the write, and the next one makes up for
 * a lost one.
 */
import {noteSeen} from '@madang/database/access/sessions';
import type {Database} from '@madang/database/connections/pool';
import type {User} from '@madang/protocol/users';

const everyMs = 3_600_000;
const remembered = 100_000;

export function createSeenUsers(db: Database) {
  const noted = new Set<string>();
  let since = -Infinity;
  const waiting = new Set<string>();
  let isWriting = false;

  /** Users who arrive while a statement is under way share the next one. */
  async function write(): Promise<void> {
    if (isWriting) return;
    isWriting = true;
    while (waiting.size > 0) {
      // All nodes lock the same rows, so they use the same order.
      const userIds = [...waiting].sort();
      waiting.clear();
      try {
        await noteSeen(db, {userIds});
      } catch {
        for (const id of userIds) noted.delete(id);
      }
    }
    isWriting = false;
  }

  /** A service is not a person, and its keys have their own last use. */
  return function noteUsers(users: readonly User[]): void {
    const now = performance.now();
    if (now - since > everyMs || noted.size > remembered) {
      noted.clear();
      since = now;
    }
    for (const {kind, id} of users) {
      if (kind === 'service' || noted.has(id)) continue;
      noted.add(id);
      waiting.add(id);
    }
    if (waiting.size > 0) void write();
  };
}
