/**
 * Events as a load driver meets them: still bytes. A driver that shares a core with the stores cannot afford to parse what
 * it only counts. Every other packet is read and written by the load test's framing.
 */
import {decode} from '@madang/load/framing';

const anyEvent = Buffer.from('42');

export function isEvent(packet: Buffer): boolean {
  return startsWith(packet, anyEvent);
}

export function decodeEvent(packet: Buffer): {name: string; payload: unknown} {
  const decoded = decode(packet.toString());
  if (decoded.kind !== 'event') throw new Error(`not an event: ${decoded.kind}`);
  return decoded;
}

/** With which bytes an event of this name begins, so that others are passed over without parsing. */
export function beginningOf(name: string): Buffer {
  return Buffer.from(`42["${name}",`);
}

export function startsWith(packet: Buffer, beginning: Buffer): boolean {
  const {length} = beginning;
  return packet.length >= length && beginning.compare(packet, 0, length) === 0;
}
