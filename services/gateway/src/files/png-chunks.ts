/** The chunks of a PNG: reads them strictly, and writes them. */
import {crc32} from 'node:zlib';

export type Chunk = {type: string; data: Buffer};

export const signature = Buffer.from('\x89PNG\r\n\x1a\n', 'latin1');

/** The length, type and checksum of a chunk. */
const envelopeBytes = 12;

/** A file that is not a valid image, although its header looks like one. */
export class DamagedImage extends Error {}

/** Whether the PNG declares an animation: a chunk `acTL` comes before its pixels. Nothing else is checked. */
export function isAnimatedPng(bytes: Buffer): boolean {
  for (let at = signature.length; at + 8 <= bytes.length; at += envelopeBytes + bytes.readUInt32BE(at)) {
    const type = bytes.toString('latin1', at + 4, at + 8);
    if (type === 'acTL') return true;
    if (type === 'IDAT') return false;
  }
  return false;
}

/** Yields every chunk up to `IEND`, each with the right checksum; does not read what follows. Throws `DamagedImage`. */
export function* readChunks(bytes: Buffer): Generator<Chunk> {
  let at = signature.length;
  for (;;) {
    const end = at + envelopeBytes > bytes.length ? Infinity : at + envelopeBytes + bytes.readUInt32BE(at);
    if (end > bytes.length) throw new DamagedImage('ends within a chunk');
    const named = bytes.subarray(at + 4, end - 4);
    if (crc32(named) !== bytes.readUInt32BE(end - 4)) throw new DamagedImage('has a wrong checksum');
    const type = named.toString('latin1', 0, 4);
    yield {type, data: named.subarray(4)};
    if (type === 'IEND') return;
    at = end;
  }
}

export function writePng(chunks: Chunk[]): Buffer {
  return Buffer.concat([
    signature,
    ...chunks.flatMap(partsOf),
    ...partsOf({type: 'IEND', data: Buffer.alloc(0)}),
  ]);
}

function partsOf({type, data}: Chunk): Buffer[] {
  const [length, name, sum] = [Buffer.alloc(4), Buffer.from(type, 'latin1'), Buffer.alloc(4)];
  length.writeUInt32BE(data.length);
  sum.writeUInt32BE(crc32(data, crc32(name)));
  return [length, name, data, sum];
}
