/** What is wrong at the moment. */
import type {Owner} from './task-queue.ts';

export class Faults {
  /** Shares of what is published that is lost, and that comes twice. */
  loss = 0;
  doubles = 0;
  /** The longest that a broadcast is on its way (ms). */
  busMs = 5;
  /** The statement that fails, or whose answers are slow; all of them if none is named. */
  statement = '';
  /** The share of answers of Postgres that travel long, so that what they tell has changed when they arrive. */
  slowReads = 0;
  /** The share of these that take most of the time that they may. */
  verySlow = 0;
  /** The share of statements that fail, or that nobody answers. */
  failing = 0;
  /** The share of connections that break soon. */
  flaky = 0;
  /** The share of commits that take long. */
  slowCommits = 0;
  isPostgresDown = false;
  isRedisDown = false;
  readonly #cutOff = new Set<Owner>();
  /** Whether the statement has been run since this was last set. */
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

  /** No packet between it and Postgres arrives. */
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
