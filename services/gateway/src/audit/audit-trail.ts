/**
 * This node's audit lines for acts that no Postgres transaction records. No caller waits for them, and a stranger's
 * repeated attempts produce only a few lines.
 */
import {appendAudit, type AuditLine} from '@madang/database/operator/audit';
import type {Database} from '@madang/database/connections/pool';
import type {Logger} from '@madang/runtime/log';

export type AuditTrail = {
  note(line: AuditLine): void;
  /**
   * Writes the first act of its kind in a window at once. With `isCounted`, the rest become one line with their number
   * when the window ends. Counted kinds beyond 120 a minute per tenant and action share a line.
   */
  noteOften(kind: string, line: AuditLine, window: {perMs: number; isCounted: boolean}): void;
  /** Writes the lines that are still held. */
  stop(): Promise<void>;
};

type Window = {line: AuditLine; until: number; others: number; isCounted: boolean};

const flushMs = 100;
const retryMs = 1_000;
const sweepMs = 5_000;
const linesAtOnce = 500;
/** Postgres may be away for a while. Lines beyond these are only counted in the process's own log. */
const maxWaiting = 5_000;
const maxWindows = 10_000;
/** How many new counted kinds per tenant and action get a line of their own in a minute. */
const linesPerMinute = 120;

export function createAuditTrail(db: Database, log: Logger): AuditTrail {
  let waiting: AuditLine[] = [];
  let lost = 0;
  let writing: Promise<void> | undefined;
  let timer: NodeJS.Timeout | undefined;
  const windows = new Map<string, Window>();
  let minute = {since: performance.now(), lines: new Map<string, number>()};
  const sweeper = setInterval(() => sweep(performance.now()), sweepMs);
  sweeper.unref();

  function note(line: AuditLine): void {
    if (waiting.length >= maxWaiting) {
      lost += 1;
      return;
    }
    waiting.push({at: new Date().toISOString(), ...line});
    plan(flushMs);
  }

  function plan(ms: number): void {
    timer ??= setTimeout(() => {
      timer = undefined;
      void flush();
    }, ms);
  }

  /** Concurrent callers share one write. Lines that came during it are written after it. */
  const flush = (): Promise<void> => (writing ??= write().finally(() => (writing = undefined)));

  async function write(): Promise<void> {
    const lines = waiting.slice(0, linesAtOnce);
    try {
      if (lines.length > 0) await appendAudit(db, lines);
      waiting = waiting.slice(lines.length);
      if (lost > 0) log.error({lines: lost}, 'audit log lines were lost');
      lost = 0;
      if (waiting.length > 0) plan(flushMs);
    } catch (error) {
      log.warn({err: error}, 'cannot write the audit log; retrying');
      plan(retryMs);
    }
  }

  function noteOften(
    kind: string,
    line: AuditLine,
    {perMs, isCounted}: {perMs: number; isCounted: boolean},
  ): void {
    const now = performance.now();
    const known = windows.get(kind);
    if (known && known.until > now) {
      known.others += 1;
      return;
    }
    if (known) end(kind, known);
    if (isCounted && !hasLine(now, line)) {
      // When the attempts come from many addresses, only their number is kept.
      const {tenantId, action} = line;
      const together = `${tenantId} ${action}`;
      const shared = windows.get(together);
      if (shared) shared.others += 1;
      else windows.set(together, {line: {tenantId, action}, until: now + 60_000, others: 1, isCounted: true});
      return;
    }
    const [oldest] = windows;
    if (oldest && windows.size >= maxWindows) end(...oldest);
    windows.set(kind, {line, until: now + perMs, others: 0, isCounted});
    note(line);
  }

  /** Keeps one tenant, or one kind of act, from using up the lines of the others. */
  function hasLine(now: number, {tenantId, action}: AuditLine): boolean {
    if (now - minute.since > 60_000) minute = {since: now, lines: new Map()};
    const key = `${tenantId} ${action}`;
    const lines = (minute.lines.get(key) ?? 0) + 1;
    minute.lines.set(key, lines);
    return lines <= linesPerMinute;
  }

  function end(kind: string, {line, others, isCounted}: Window): void {
    windows.delete(kind);
    if (others === 0 || !isCounted) return;
    const {requestId: _one, ...rest} = line;
    note({...rest, details: {...line.details, count: others}});
  }

  function sweep(now: number): void {
    for (const [kind, window] of windows) if (window.until <= now) end(kind, window);
  }

  return {
    note,
    noteOften,
    async stop() {
      clearInterval(sweeper);
      sweep(Infinity);
      await writing;
      // A write takes some of the lines, or fails and takes none.
      for (let before = Infinity; waiting.length > 0 && waiting.length < before;) {
        before = waiting.length;
        await flush();
      }
      clearTimeout(timer);
    },
  };
}
