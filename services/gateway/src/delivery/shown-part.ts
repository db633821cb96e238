/**
 * The part of a frame for a reader who is shown a room only from some seq on: changes of older messages have no entry
 * there, as if they had been superseded.
 */
import type {Entry, Frame} from '@madang/protocol/log';
import {encodeEvent, type EncodedEvent} from './encoded-event.ts';

/** The seq of the message that an entry changes; other entries are shown to everybody. */
const seqOf = ({message, seq}: Entry) => message?.seq ?? seq ?? Infinity;
const isShown = (entry: Entry, shownFrom: number) => seqOf(entry) >= shownFrom;

export function shownPart(frame: Frame, shownFrom: number): Frame {
  if (frame.entries.every((entry) => isShown(entry, shownFrom))) return frame;
  return {...frame, entries: frame.entries.filter((entry) => isShown(entry, shownFrom))};
}

/** Encodes the frame once for all readers who are shown the same part: nearly always, for everyone. */
export function encodeShown(frame: Frame): (shownFrom: number) => EncodedEvent {
  const whole = encodeEvent('room:log', frame);
  const oldest = Math.min(...frame.entries.map(seqOf));
  const parts = new Map<number, EncodedEvent>();
  return (shownFrom) => {
    if (shownFrom <= oldest) return whole;
    const part = shownPart(frame, shownFrom);
    // Entries are ordered from the oldest message on, so their number identifies the part.
    const known = parts.get(part.entries.length);
    if (known) return known;
    const encoded = encodeEvent('room:log', part);
    parts.set(part.entries.length, encoded);
    return encoded;
  };
}
