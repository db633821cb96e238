import type {Frame} from '@madang/protocol/log';
import {limits} from '@madang/protocol/limits';
import {call, type Database} from '../connections/pool.ts';
import type {Management} from '../rooms/membership.ts';

const pinMessageStatement = {
  name: 'pin_message',
  text: `select pin_message($1, $2, $3, $4, $5, $6, ${limits.pinsPerRoom}) as answer`,
};

/**
 * Pins a message, or takes the pin away. A repeat changes nothing and returns the message's present rev, without a frame.
 * Throws `forbidden` with `quota` if the room has too many pinned messages. The actor, whose grants count, is the user or
 * the service that calls as the user; `byId` is shown as having pinned it.
 */
export function pinMessage(
  db: Database,
  {roomId, userId, actorId = userId, byId = userId}: Management & {actorId?: string; byId?: string},
  {seq, on}: {seq: number; on: boolean},
): Promise<{rev: number; frame?: Frame}> {
  return call(db, pinMessageStatement, [roomId, userId, actorId, byId, seq, on]);
}
