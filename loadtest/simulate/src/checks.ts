/** Checks what the checker of `verify` cannot see from outside: what the SDK shows, and that everything comes to rest. */
import type {Annotations} from '@madang/protocol/annotations';
import {short, type Violation} from '@madang/verify/checker/violation';
import {SdkDevice} from './devices/sdk-device.ts';
import {annotationsOf} from './store/reading.ts';
import {config} from './world/surroundings.ts';
import type {World} from './world/world.ts';

/** From a node's decision to show something until the client has it. */
const longestTravelMs = 500;

/** An application must show what is stored of a room from the oldest shown message on, in order and once. */
export function checkShown(world: World): Violation[] {
  return world.present.flatMap((device) => {
    if (!(device instanceof SdkDevice)) return [];
    return [...world.store.tables.rooms.values()].flatMap(({id, messages, members}) => {
      if (!members.has(device.owner.userId)) return [];
      const shown = (device.shown(id) ?? []).map(({annotations = {}, ...each}) =>
        describe(each, annotations),
      );
      const from = device.shown(id)?.[0]?.seq ?? Infinity;
      const stored = messages
        .filter(({seq}) => seq >= from)
        .map((row) => describe(row, annotationsOf(row, device.owner.userId)));
      if (shown.join('\n') === stored.join('\n')) return [];
      const what = `${device.owner.device} shows other messages of room ${short(id)} than are stored`;
      return [{invariant: 'lost' as const, what, evidence: ['shown:', ...shown, 'stored:', ...stored]}];
    });
  });
}

/**
 * A session that has ended is shown nothing once every pulse that does not know of the end is too old, even by a node
 * that reaches nobody.
 */
export function checkEnded({history, store}: World): Violation[] {
  return [...history.tracks.values()].flatMap(({device, session, roomId, stretches}) => {
    const endedAt = store.tables.endedSessions.get(session) ?? Infinity;
    const late = stretches.find(({at}) => at > endedAt + config.PULSE_MAX_AGE_MS + longestTravelMs);
    if (!late) return [];
    const ms = Math.round(late.at - endedAt);
    const what = `${device} was shown room ${short(roomId)} ${ms} ms after its session had ended`;
    return [{invariant: 'revocation' as const, what, evidence: []}];
  });
}

function describe({seq, rev, text}: {seq: number; rev: number; text: string}, {reactions = []}: Annotations) {
  const stands = reactions.map(({emoji, count, by, mine}) => `${emoji}${count} ${by.join()} ${mine ?? ''}`);
  return [`${seq}.${rev}`, text, ...stands].join(' ');
}

export function unsettled(world: World, endedAt: number): Violation {
  const evidence = world.present.map((device) => {
    const rooms = [...world.store.tables.rooms.values()].map(({id, head, members}) => {
      const isMember = members.has(device.owner.userId);
      return `room ${short(id)}: ${device.position(id) ?? 'none'} of ${isMember ? head : 'none'}`;
    });
    const busy = device instanceof SdkDevice && device.isBusy ? ', busy' : '';
    return `${device.owner.device}: ${device.isOnline ? 'online' : 'away'}${busy}; ${rooms.join(', ')}`;
  });
  const seconds = Math.round((world.clock.now - endedAt) / 1_000);
  return {
    invariant: 'liveness',
    what: `somebody is behind ${seconds} s after everything has healed`,
    evidence,
  };
}
