/** A batch may be larger than a frame may be: then it becomes several frames, without a gap between them. */
import {limits} from '@madang/protocol/limits';
import type {Entry, Frame} from '@madang/protocol/log';

// The JSON around a frame's entries.
const envelopeBytes = 256;
// A UTF-16 unit takes at most six bytes of JSON; ids, names and keys of an entry stay below a thousand.
// An attachment has a name of a hundred such units, two addresses, and little else. A mention has a name of up to 64
// characters and an id.
const mostBytes = ({message, annotations}: Entry) =>
  6 * (message?.text.length ?? 0) +
  1_000 * (1 + (message?.attachments.length ?? 0)) +
  (message?.via ? 1_000 : 0) +
  1_000 * (message?.mentions?.length ?? 0) +
  (message?.data ? limits.dataBytes : 0) +
  (annotations ? limits.annotationBytes : 0);

/** The frames that have these entries, whose revs follow one another. */
export function splitFrame(roomId: string, epoch: string, entries: Entry[]): Frame[] {
  const budget = limits.frameBytes - envelopeBytes;
  // Most batches fit by this estimate, so that few are measured.
  const fits = entries.reduce((sum, entry) => sum + mostBytes(entry), 0) <= budget;
  const parts: Entry[][] = [];
  let bytes = 0;
  for (const entry of entries) {
    const size = fits ? 0 : Buffer.byteLength(JSON.stringify(entry)) + 1;
    bytes += size;
    if (parts.length === 0 || bytes > budget) {
      parts.push([]);
      bytes = size;
    }
    parts.at(-1)!.push(entry);
  }
  return parts.map((part) => ({
    roomId,
    epoch,
    after: part[0]!.rev - 1,
    head: part.at(-1)!.rev,
    entries: part,
  }));
}
