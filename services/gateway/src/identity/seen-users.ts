/**
 * Notes when people were here: guests whom nobody has seen for a month are deleted, and products are told. Exact to a day, so
 * each node notes a user once an hour at most. Nothing waits for a note, and the next one makes up for one that is lost.
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

  /** Those who come while a statement is under way share the next one. */
  async function write(): Promise<void> {
    if (isWriting) return;
    isWriting = true;
    while (waiting.size > 0) {
      // In one order on all nodes, which lock the same rows.
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

  /** A service is no person, and has a last use of its own. */
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
