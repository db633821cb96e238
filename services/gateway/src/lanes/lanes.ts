/**
 * Every line in which calls wait on this node: how many are under way, how many wait, how long, and whom it counts.
 *
 * Sends wait in a line of their own, where one call to Postgres takes many (packages/database, messages/append.ts), and
 * images before their converter (files/image-limits.ts).
 */
import type {WeightOf} from '@madang/runtime/fair-queue';
import {createLane, type Lane, type LaneRule} from './lane.ts';

export type LanesOptions = {
  /** How long a send may take; what asks Postgres waits no longer for its turn. */
  deadlineMs?: number;
  weightOf?: WeightOf;
};

export type Lanes = ReturnType<typeof createLanes>;

export function createLanes({deadlineMs = 900, weightOf}: LanesOptions = {}) {
  const lane = (rule: LaneRule): Lane => createLane(rule, weightOf);
  /** `running` connections of a pool of ten; one user has more queries than an honest client asks for in one step. */
  const ofDatabase = (running: number) => lane({running, waiting: 4_000, withinMs: deadlineMs, perUser: 128});

  return {
    /** Requests over HTTP, before anything is read of them. Few at once, so that sockets are read in between. */
    request: lane({running: 8, heldMs: 100, waiting: 4_000, withinMs: 5_000}),
    /** Handshakes, while their session is loaded. A storm of them takes no longer so. */
    handshake: lane({running: 4, waiting: 4_000}),
    /** Calls of the classes that have no lane of `database`, from their limits to their answer. */
    call: lane({running: 40, heldMs: 100, waiting: 2_000, withinMs: 5_000}),

    /**
     * Password hashes. Together as many as libuv has threads; each takes 10 ms of one, so that the last in line waits
     * some seconds. They share nothing but the processor, so that neither registrations nor the passwords of rooms,
     * which a guest can ask for all day, hold up who signs in.
     */
    passwords: {
      /** Of an account that signs in. */
      signIn: lane({running: 2, waiting: 1_024, perAddress: 16, perUser: 1}),
      /** Of a new account, and those of a signed-in user: the present one and the next. */
      account: lane({running: 1, waiting: 256, perAddress: 16, perUser: 1}),
      room: lane({running: 1, waiting: 256, perAddress: 16, perUser: 1}),
    },

    /** Queries of the calls of a class. A class that is not named has no bound of its own. */
    database: {
      'log-writing': ofDatabase(2),
      search: ofDatabase(1),
      send: ofDatabase(2),
      heavy: ofDatabase(1),
      guest: ofDatabase(1),
    },
    /** Before those, one for each lock: one connection waits for it at a time. */
    lock: () => lane({running: 1, waiting: 4_000}),
  };
}
