/**
 * Reads events as bytes. A driver that shares a core with the stores cannot afford to parse what it only counts. The load
 * test's framing reads and writes every other packet.
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

/** Returns the bytes with which an event of this name begins, so that others are skipped without parsing. */
export function beginningOf(name: string): Buffer {
  return Buffer.from(`42["${name}",`);
}

export function startsWith(packet: Buffer, beginning: Buffer): boolean {
  const {length} = beginning;
  return packet.length >= length && beginning.compare(packet, 0, length) === 0;
}
