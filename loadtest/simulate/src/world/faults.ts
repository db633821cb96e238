/** The faults that are active now. */
import type {Owner} from './task-queue.ts';

export class Faults {
  /** The shares of broadcasts that are lost, and that arrive twice. */
  loss = 0;
  doubles = 0;
  /** The longest time that a broadcast takes (ms). */
  busMs = 5;
  /** The statement that fails, or whose answers are slow. If empty, every statement. */
  statement = '';
  /** The share of Postgres's answers that take long, so that they are outdated when they arrive. */
  slowReads = 0;
  /** The share of these that take nearly the longest time allowed. */
  verySlow = 0;
  /** The share of statements that fail, or that are not answered. */
  failing = 0;
  /** The share of connections that break soon. */
  flaky = 0;
  /** The share of commits that take long. */
  slowCommits = 0;
  isPostgresDown = false;
  isRedisDown = false;
  readonly #cutOff = new Set<Owner>();
  /** Whether the statement has been run since this was last reset. */
  hasRun = false;

  concern(statement: string): boolean {
    return this.statement === '' || this.statement === statement;
  }

  cutOff(owner: Owner): void {
    this.#cutOff.add(owner);
  }

  reconnect(owner: Owner): void {
    this.#cutOff.delete(owner);
  }

  /** Whether no packet between the owner and Postgres arrives. */
  isCutOff(owner: Owner): boolean {
    return this.#cutOff.has(owner);
  }

  heal(): void {
    this.#cutOff.clear();
    this.slowCommits = 0;
    this.failing = 0;
    this.flaky = 0;
    this.isPostgresDown = false;
  }
}
