/**
 * Every lane in which calls wait on this node: how many run, how many wait, how long, and per whom they are counted.
 *
 * Sends wait in a separate queue, where one call to Postgres takes many (packages/database, messages/append.ts). Images
 * wait in one before their converter (files/image-limits.ts).
 */
import type {WeightOf} from '@madang/runtime/fair-queue';
import {isOutOfTime} from '@madang/database/connections/sqlstate';
import {createLane, type Lane, type LaneRule} from './lane.ts';

export type LanesOptions = {
  /** How long a send may take; queries to Postgres wait no longer than that for their turn. */
  deadlineMs?: number;
  weightOf?: WeightOf;
};

export type Lanes = ReturnType<typeof createLanes>;

export function createLanes({deadlineMs = 900, weightOf}: LanesOptions = {}) {
  const lane = (rule: LaneRule): Lane => createLane(rule, weightOf);
  /** `running` connections from a pool of ten. One user may have more queries than an honest client sends at once. */
  const ofDatabase = (running: number) => lane({running, waiting: 4_000, withinMs: deadlineMs, perUser: 128});

  return {
    /** HTTP requests before they are read. Only a few run at once, so that sockets are read in between. */
    request: lane({running: 8, heldMs: 100, waiting: 4_000, withinMs: 5_000}),
    /** Handshakes while their session is loaded. A storm of handshakes takes no longer this way. */
    handshake: lane({running: 4, waiting: 4_000}),
    /** Calls of the classes without a lane in `database`, from their limits to their answer. */
    call: lane({running: 40, heldMs: 100, waiting: 2_000, withinMs: 5_000}),

    /**
     * Password hashes. Together as many as libuv has threads. Each takes 10 ms of one, so the last in line waits some
     * seconds. They share only the processor, so that neither registrations nor room passwords, which a guest can try
     * all day, block users who sign in.
     */
    passwords: {
      /** For an account that signs in. */
      signIn: lane({running: 2, waiting: 1_024, perAddress: 16, perUser: 1}),
      /** For a new account, and for the current and next password of a signed-in user. */
      account: lane({running: 1, waiting: 256, perAddress: 16, perUser: 1}),
      room: lane({running: 1, waiting: 256, perAddress: 16, perUser: 1}),
    },

    /** Queries of a class's calls. A class that is not listed has no limit of its own. */
    database: {
      'log-writing': ofDatabase(2),
      search: ofDatabase(2),
      send: ofDatabase(2),
      heavy: ofDatabase(1),
      guest: ofDatabase(1),
    },
    /**
     * Queries of `session:start`, the call with which clients come back together. It reads the most of all calls, so it
     * waits longer for its turn, though not as long as a client waits for an answer.
     */
    sessionStart: lane({running: 4, waiting: 8_000, withinMs: 4_000, isCutOff: isOutOfTime}),
    /** In front of those, one lane per lock: only one connection at a time waits for it. */
    lock: () => lane({running: 1, waiting: 4_000}),
  };
}
