/** A node's connection to the store. Questions and answers take time, and either may be lost. */
import type {Call, Connection, Statement} from '@madang/database/connections/connection';
import type {Database} from '@madang/database/connections/pool';
import {Slots} from '@madang/database/connections/slots';
import {OverdueError, toChatError} from '@madang/database/connections/sqlstate';
import type {Random} from '@madang/verify/random';
import type {Clock} from '../world/clock.ts';
import type {Owner} from '../world/task-queue.ts';
import type {Faults} from '../world/faults.ts';
import {changes, reads} from './statements.ts';
import type {Store} from './store.ts';

export type DatabaseDeps = {clock: Clock; random: Random; store: Store; faults: Faults; owner: Owner};
type Row = Record<string, unknown>;
type Settle = {resolve(rows: Row[]): void; reject(error: Error): void};

/** The fate of a statement: it gets lost, its answer gets lost, or the server ends its connection. */
const failures = ['unasked', 'unanswered', 'refused'] as const;

const away = () => Object.assign(new Error('connect ECONNREFUSED'), {code: 'ECONNREFUSED'});
const reset = () => Object.assign(new Error('read ECONNRESET'), {code: 'ECONNRESET'});

export class SimulatedDatabase {
  readonly #deps: DatabaseDeps;

  constructor(deps: DatabaseDeps) {
    this.#deps = deps;
  }

  /** Works as the real pool does, and uses its real parts for the slots and the errors. */
  asDatabase(): Database {
    const connect = () => this.#connect();
    return {
      query: async <Result>(
        statement: Statement,
        values: readonly unknown[] = [],
        {deadlineMs = 900}: {deadlineMs?: number} = {},
      ) => {
        try {
          return (await this.#ask(statement, values, deadlineMs)) as Result[];
        } catch (error) {
          throw toChatError(error);
        }
      },
      isHealthy: () => true,
      stats: () => ({open: 0, busy: 0, waiting: 0, abandoned: 0}),
      close: async () => undefined,
      connect,
      openSlots: (count, _name, _warmUp?: Call) =>
        new Slots({
          count,
          open: connect,
          abandoned: {gone: () => this.#backendEnds(), count: 0, close: () => undefined},
          onAnswer: () => undefined,
        }),
    };
  }

  async #connect(): Promise<Connection> {
    await this.#ask({name: '', text: ''}, [], 900);
    const start = this.#deps.store.start;
    let isOpen = true;
    let isOverdue = false;
    const isAlive = () => isOpen && start === this.#deps.store.start;
    return {
      backend: {pid: 1, startedAt: ''},
      server: '',
      host: {host: '', port: 0},
      get isOpen() {
        return isAlive();
      },
      get isOverdue() {
        return isOverdue;
      },
      query: async <Result>(statement: Statement, values: readonly unknown[], deadlineMs: number) => {
        if (!isAlive()) throw reset();
        try {
          return (await this.#ask(statement, values, deadlineMs)) as Result[];
        } catch (error) {
          isOverdue = error instanceof OverdueError;
          if (isOverdue) isOpen = false;
          throw error;
        }
      },
      destroy() {
        isOpen = false;
      },
      close: async () => {
        isOpen = false;
      },
    };
  }

  #ask({name}: Statement, values: readonly unknown[], deadlineMs: number): Promise<Row[]> {
    const {clock, faults, owner, random, store} = this.#deps;
    return new Promise((resolve, reject) => {
      const overdue = setTimeout(
        () => reject(new OverdueError('Postgres did not answer')),
        Math.max(1, deadlineMs),
      );
      const settle: Settle = {
        resolve: (rows) => this.#bringBack(name, () => (clearTimeout(overdue), resolve(rows))),
        reject: (error) => this.#bringBack(name, () => (clearTimeout(overdue), reject(error))),
      };
      if (faults.isPostgresDown) return settle.reject(away());
      const failure =
        faults.concern(name) && random.next() < faults.failing ? random.pick(failures) : undefined;
      if (failure === 'unasked') return;
      if (failure === 'unanswered') settle.resolve = () => undefined;
      const {start} = store;
      clock.schedule(store.owner, random.between(0.1, 3), () => {
        if (faults.isCutOff(owner)) return;
        if (faults.isPostgresDown || start !== store.start || failure === 'refused')
          return settle.reject(reset());
        this.#run(name, values as never[], settle);
      });
    });
  }

  #run(name: string, values: never[], settle: Settle): void {
    const {random, store, faults} = this.#deps;
    if (Object.hasOwn(reads, name)) return settle.resolve(reads[name]!(store, values));
    if (!Object.hasOwn(changes, name)) throw new Error(`the simulated database does not know ${name}`);
    const {start} = store;
    const {roomIds, waits, run} = changes[name]!(values);
    store.transact({
      roomIds,
      waits,
      commitMs: random.next() < faults.slowCommits ? random.between(20, 3_000) : random.between(0.2, 4),
      body: (xact, locked) => run({tables: store.tables, xact, nowMs: store.nowMs}, locked),
      done(outcome) {
        if (start !== store.start) return;
        if ('error' in outcome) settle.reject(outcome.error);
        else settle.resolve(outcome.result as Row[]);
      },
    });
  }

  #bringBack(statement: string, arrive: () => void): void {
    const {clock, faults, owner} = this.#deps;
    faults.hasRun ||= faults.statement === statement;
    clock.schedule(owner, this.#travelMs(statement), () => {
      if (!faults.isCutOff(owner)) arrive();
    });
  }

  #travelMs(statement: string): number {
    const {faults, random} = this.#deps;
    if (!faults.concern(statement) || random.next() >= faults.slowReads) return random.between(0.1, 3);
    return random.next() < faults.verySlow ? random.between(100, 430) : random.between(5, 120);
  }

  /**
   * A server notices some time later that its client has gone. The delay runs on the simulated clock, as all timers here.
   */
  #backendEnds(): Promise<void> {
    return new Promise((resolve) => setTimeout(resolve, 200));
  }
}
