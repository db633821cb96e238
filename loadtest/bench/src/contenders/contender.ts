import type {Room} from '../room.ts';

export type Launch = {
  /** The program to run on Node. */
  file: string;
  args: string[];
  env: Record<string, string>;
};

export type Stores = {databaseUrl: string; redisUrl: string};

/** A chat server under comparison: how to start it, and how to enter its rooms. */
export interface Contender {
  readonly name: 'madang' | 'before' | 'tutorial' | 'loop';
  /** Whether it acknowledges only what Postgres has committed. */
  readonly isDurable: boolean;
  launch(port: number, stores: Stores): Launch;
  /** Signs in a user for each member, and brings them together. Each member is a different user. */
  openRooms(url: string, shape: {rooms: number; members: number}): Promise<Room[]>;
  /** Counts the messages in Postgres. */
  readonly countMessages: string;
}
