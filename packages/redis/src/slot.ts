import {Command} from 'ioredis';

/** The slot of a Cluster that holds this key or sharded channel. */
export function slotOf(key: string): number {
  return new Command('get', [key]).getSlot()!;
}
