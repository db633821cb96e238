/** What a node concludes from canaries: its own, those of the others, and what the others report. */
import type {PeerReport} from '@madang/database/delivery/node-probes';

/** Which direction fails: the node hears nothing, is not heard, or both. */
export type Failure = 'deaf' | 'mute' | 'deaf and mute';

/** Canaries come each second, so this many have been lost. */
export const silentMs = 5_000;
/** The last canary of a sound node came back less than this ago. */
const soundMs = 2_500;
/**
 * When a node's echo is missing for 5 s, a direction in which canaries were heard more recently than this is sound: reports
 * are up to a second old, and a driver gives a silent connection up after 3 s.
 */
const directionMs = 3_500;
/** With fewer nodes, the others cannot outvote one. */
const leastVoters = 3;

/**
 * Undefined while the node may go on. A node has failed if its own canary has not come back for 5 s, unless no other
 * node fares better: then Redis is down for all. It has also failed if most of at least three nodes do not hear it, or
 * it does not hear them, while they are sound.
 *
 * Others count only once they have been sound for 5 s, since after an outage of Redis nodes return one after another.
 */
export function judge(own: PeerReport, peers: readonly PeerReport[]): Failure | undefined {
  const sound = peers.filter(({report}) => report.echoAgeMs < soundMs && report.soundForMs >= silentMs);
  if (sound.length === 0) return undefined;
  if (own.report.echoAgeMs >= silentMs) return directionOf(own, sound, directionMs);
  const against = sound.filter((peer) => !hears(own, peer, silentMs) || !hears(peer, own, silentMs));
  const isOutvoted = sound.length + 1 >= leastVoters && against.length > sound.length / 2;
  return isOutvoted ? directionOf(own, sound, silentMs) : undefined;
}

function directionOf(own: PeerReport, others: readonly PeerReport[], withinMs: number): Failure {
  const most = others.length / 2;
  const isDeaf = others.filter((peer) => !hears(own, peer, withinMs)).length > most;
  const isMute = others.filter((peer) => !hears(peer, own, withinMs)).length > most;
  if (isDeaf && isMute) return 'deaf and mute';
  return isMute ? 'mute' : 'deaf';
}

/** Two nodes of which one has just started may not have heard each other yet. */
function hears(listener: PeerReport, speaker: PeerReport, withinMs: number): boolean {
  const together = Math.min(listener.report.sinceMs, speaker.report.sinceMs);
  const age = listener.report.heardAgeMs[speaker.id] ?? Infinity;
  return Math.min(age, together) < withinMs;
}
