import sharp from 'sharp';
import type {AnimatedPng, FrameControl, Picture} from './animated-png.ts';
import {imageLimits} from './image-limits.ts';
import {readChunks, writePng, type Chunk} from './png-chunks.ts';

const {maxPixels, maxBytes} = imageLimits;

/**
 * Writes the animation again, with each frame decoded and encoded as a separate PNG. All frames share one header, so
 * all have 8 bits per channel, and all or none have an alpha channel. Once the result is too large, the remaining
 * frames are dropped.
 */
export async function encodeAnimatedPng(png: AnimatedPng): Promise<Buffer> {
  const {still, frames, plays} = png;
  const chunks: Chunk[] = [{type: 'acTL', data: uint32s(frames.length, plays)}];
  let [sequence, bytes] = [0, 0];
  const put = (type: string, data: Buffer) => {
    chunks.push({type, data});
    bytes += data.length;
  };
  const first = await encodePicture(png, still ?? frames[0]!);
  chunks.unshift(first.header);
  if (still) put('IDAT', first.pixels);
  for (const frame of frames) {
    put('fcTL', controlOf(sequence++, frame));
    if (frame === frames[0] && !still) {
      put('IDAT', first.pixels);
      continue;
    }
    const {pixels} = await encodePicture(png, frame);
    put('fdAT', Buffer.concat([uint32s(sequence++), pixels]));
    if (bytes > maxBytes) break;
  }
  return writePng(chunks);
}

async function encodePicture(png: AnimatedPng, picture: Picture): Promise<{header: Chunk; pixels: Buffer}> {
  const source = sharp(pngOf(png, picture), {limitInputPixels: maxPixels, failOn: 'error'}).toColourspace(
    'srgb',
  );
  const channels = png.hasAlpha ? source.ensureAlpha() : source.removeAlpha();
  const encoded = await channels.png({compressionLevel: 7, adaptiveFiltering: true}).toBuffer();
  const chunks = [...readChunks(encoded)];
  const pixels = chunks.filter(({type}) => type === 'IDAT').map(({data}) => data);
  return {header: chunks[0]!, pixels: Buffer.concat(pixels)};
}

function pngOf({storage, colours}: AnimatedPng, {width, height, data}: Picture): Buffer {
  const header = {type: 'IHDR', data: Buffer.concat([uint32s(width, height), storage])};
  return writePng([header, ...colours, ...data.map((piece) => ({type: 'IDAT', data: piece}))]);
}

function controlOf(sequence: number, {width, height, x, y, timing}: Picture & FrameControl): Buffer {
  return Buffer.concat([uint32s(sequence, width, height, x, y), timing]);
}

function uint32s(...values: number[]): Buffer {
  const bytes = Buffer.alloc(4 * values.length);
  for (const [no, value] of values.entries()) bytes.writeUInt32BE(value, 4 * no);
  return bytes;
}
