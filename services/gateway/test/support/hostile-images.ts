/** Fifty-odd files that nobody uploads by mistake, and the required outcome of each. */
import {crc32, deflateSync} from 'node:zlib';
import {writePng, type Chunk} from '../../src/files/png-chunks.ts';
import {animatedPng, animation, drawing, photo, type Part} from './uploads.ts';

/** `refused` with one of these codes, or `inert`: kept only as pixels, without this text. */
export type Hostile = {what: string; part: Part} & ({refused: string[]} | {inert: string});

const script = '<script>alert(document.domain)</script>';
const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9">${script}</svg>`;
const html = `<!doctype html><html><body>${script}</body></html>`;
const mebibyte = 1024 * 1024;

const text = (value: string) => Buffer.from(value, 'latin1');
const changed = (bytes: Buffer, at: number, put: Buffer) =>
  Buffer.concat([bytes.subarray(0, at), put, bytes.subarray(at + put.length)]);

export async function hostileImages(): Promise<Hostile[]> {
  const [png, jpeg, gif, webp] = await Promise.all([
    drawing(200, 150),
    photo(200, 150),
    animation(4),
    animation(4, 'webp'),
  ]);
  const apng = await animatedPng(3);
  const half = (bytes: Buffer) => bytes.subarray(0, bytes.length / 2);
  const refuse = (what: string, bytes: Buffer, refused: string[], more: Partial<Part> = {}) => ({
    what,
    part: {bytes, ...more},
    refused,
  });
  const inert = (what: string, bytes: Buffer, more: Partial<Part> = {}) => ({
    what,
    part: {bytes, ...more},
    inert: 'alert(',
  });
  const none = ['unsupported'];
  const broken = ['invalid'];
  const bomb = ['too_large'];
  const either = ['invalid', 'too_large'];

  return [
    refuse('nothing at all', Buffer.alloc(0), none),
    refuse('6 MiB', Buffer.concat([png, Buffer.alloc(6 * mebibyte)]), bomb),
    refuse('one byte too much', Buffer.concat([png, Buffer.alloc(5 * mebibyte + 1 - png.length)]), bomb),
    refuse('an SVG with a script', text(svg), none, {name: 'x.svg', type: 'image/svg+xml'}),
    refuse('an SVG that is called a PNG', text(svg), none),
    refuse('an SVG after white space', text(`\n \n<?xml version="1.0"?>${svg}`), none),
    refuse('a page', text(html), none, {name: 'x.html', type: 'text/html'}),
    refuse('a page that is called a GIF', text(html), none, {name: 'x.gif', type: 'image/gif'}),
    refuse('a page that begins as a GIF', text(`GIF89a${html}`), either),
    refuse('a script that begins as a GIF', text('GIF89a=1;alert(1)//'), either),
    refuse('a page that begins as a JPEG', text(`\xff\xd8\xff\xe0${html}`), broken),
    refuse('a page that begins as a PNG', text(`\x89PNG\r\n\x1a\n${html}`), broken),
    refuse('a page that begins as a WebP', text(`RIFF\x80\x00\x00\x00WEBP${html}`), broken),
    refuse('a PDF', text('%PDF-1.7\n1 0 obj<</S/JavaScript/JS(alert(1))>>'), none),
    refuse('a BMP', text('BM\x46\x00\x00\x00\x00\x00\x00\x00\x36\x00\x00\x00'), none),
    refuse('a TIFF', text('II*\x00\x08\x00\x00\x00'), none),
    refuse('an AVIF', text('\x00\x00\x00\x1cftypavif\x00\x00\x00\x00avifmif1'), none),
    refuse('an archive', text('PK\x03\x04\x14\x00'), none),
    refuse('a program', text('\x7fELF\x02\x01\x01\x00'), none),
    refuse('a PostScript for ImageMagick', text('%!PS\nuserdict /setpagedevice undef'), none),
    refuse('an MVG for ImageMagick', text("push graphic-context\nfill 'url(https://x/|id)'"), none),
    refuse('half a PNG', half(png), broken),
    refuse('half a JPEG', half(jpeg), broken),
    refuse('a GIF that ends within its first frame', gif.subarray(0, gif.indexOf(',') + 8), broken),
    refuse('half a WebP', half(webp), broken),
    refuse('the signature of a PNG', png.subarray(0, 8), broken),
    refuse('a PNG with a wrong checksum', changed(png, 60, Buffer.from('damaged')), broken),
    refuse('random bytes after a GIF head', Buffer.concat([gif.subarray(0, 13), png]), either),
    refuse('a PNG of 196 megapixels', pngOf(14_000, 14_000), bomb),
    refuse('a PNG that says it has 10,000 megapixels', pngOf(100_000, 100_000, 100), either),
    refuse('a PNG that is 26 megapixels', pngOf(6_500, 4_000), bomb),
    refuse('a JPEG that says it has 4,000 megapixels', hugeJpeg(jpeg), either),
    refuse('a GIF of 10,000 frames', gifOf(10_000, 1, 1), bomb),
    refuse('a GIF of 200 frames of 16 megapixels', gifOf(200, 4_000, 4_000), bomb),
    refuse('a GIF of 4,000 megapixels', gifOf(1, 65_535, 65_535), bomb),
    refuse('half an animated PNG', half(writePng(apng)), broken),
    refuse(
      'an animated PNG that says it has 10,000 frames',
      writePng(withControl(apng, 'acTL', 0, 10_000)),
      either,
    ),
    refuse(
      'an animated PNG whose frame is larger than it',
      writePng(withControl(apng, 'fcTL', 4, 4_000)),
      broken,
    ),
    refuse(
      'an animated PNG whose frames are out of order',
      writePng(withControl(apng, 'fcTL', 0, 7)),
      broken,
    ),
    refuse('an animated PNG without pixels', writePng(apng.filter(({type}) => type !== 'IDAT')), broken),
    refuse(
      'an animated PNG with a frame that is no picture',
      writePng(withControl(apng, 'fdAT', 8, 7)),
      broken,
    ),
    inert('an animated PNG with a page after its end', Buffer.concat([writePng(apng), text(html)])),
    inert('a GIF that is a script, too', gifWithComment(gif, '*/;alert(1)//')),
    inert('a PNG with a script in its text', pngWithChunk(png, 'tEXt', text(`Comment\0${script}`))),
    inert('a PNG with a page after its end', Buffer.concat([png, text(html)])),
    inert('a PNG with a text of 200 MiB', pngWithChunk(png, 'zTXt', bombText())),
    inert('a JPEG with a page after its end', Buffer.concat([jpeg, text(html)])),
    inert('a JPEG with a script in its comment', jpegWithComment(jpeg, script)),
    inert('a PNG that is said to be a page', png, {name: 'x.html', type: 'text/html'}),
    inert('a PNG that is said to be an SVG', png, {name: 'x.svg', type: 'image/svg+xml'}),
    inert('a name that is a path', png, {name: '../../../../etc/passwd'}),
    inert('a name with a header in it', png, {name: 'x.png"\r\nX-Injected: alert(1)\r\n.png'}),
    inert('a name that is a script', png, {name: `"><img src=x onerror=alert(1)>.png`}),
    inert('a name of 4,000 characters', png, {name: `${'n'.repeat(4_000)}.png`}),
  ];
}

/** A grey PNG whose pixels take almost no bytes; it contains `rows` of them. */
function pngOf(width: number, height: number, rows = height): Buffer {
  const head = Buffer.alloc(13);
  head.writeUInt32BE(width, 0);
  head.writeUInt32BE(height, 4);
  head.set([8, 0, 0, 0, 0], 8);
  const data = deflateSync(Buffer.alloc((width + 1) * rows), {level: 1});
  const signature = text('\x89PNG\r\n\x1a\n');
  return Buffer.concat([signature, chunk('IHDR', head), chunk('IDAT', data), chunk('IEND', Buffer.alloc(0))]);
}

function chunk(name: string, data: Buffer): Buffer {
  const named = Buffer.concat([text(name), data]);
  const [length, sum] = [Buffer.alloc(4), Buffer.alloc(4)];
  length.writeUInt32BE(data.length);
  sum.writeUInt32BE(crc32(named));
  return Buffer.concat([length, named, sum]);
}

/** The chunks with another number in the last one of the given type. */
function withControl(chunks: Chunk[], type: string, at: number, value: number): Chunk[] {
  const last = chunks.findLast((one) => one.type === type)!;
  const data = Buffer.from(last.data);
  data.writeUInt32BE(value, at);
  return chunks.map((one) => (one === last ? {type, data} : one));
}

/** Inserted after the header, which always has the same length. */
function pngWithChunk(png: Buffer, name: string, data: Buffer): Buffer {
  return Buffer.concat([png.subarray(0, 33), chunk(name, data), png.subarray(33)]);
}

function bombText(): Buffer {
  return Buffer.concat([
    text('Comment\0\0'),
    deflateSync(Buffer.alloc(200 * mebibyte, 'alert('), {level: 1}),
  ]);
}

/** Each frame claims to fill the picture, and has one pixel. */
function gifOf(frames: number, width: number, height: number): Buffer {
  const head = text('GIF89a\0\0\0\0\x80\0\0\0\0\0\xff\xff\xff');
  head.writeUInt16LE(width, 6);
  head.writeUInt16LE(height, 8);
  const loop = text('!\xff\x0bNETSCAPE2.0\x03\x01\0\0\0');
  const delay = text('!\xf9\x04\0\x0a\0\0\0');
  const pixel = text(',\0\0\0\0\x01\0\x01\0\0\x02\x02\x44\x01\0');
  pixel.writeUInt16LE(width, 5);
  pixel.writeUInt16LE(height, 7);
  const frame = Buffer.concat([delay, pixel]);
  return Buffer.concat([head, loop, ...Array.from({length: frames}, () => frame), text(';')]);
}

function gifWithComment(gif: Buffer, comment: string): Buffer {
  const end = gif.subarray(0, gif.length - 1);
  const block = Buffer.concat([Buffer.from([0x21, 0xfe, comment.length]), text(comment), Buffer.alloc(1)]);
  return Buffer.concat([end, block, text(';'), text(comment)]);
}

function jpegWithComment(jpeg: Buffer, comment: string): Buffer {
  const marker = Buffer.from([0xff, 0xfe, 0, comment.length + 2]);
  return Buffer.concat([jpeg.subarray(0, 2), marker, text(comment), jpeg.subarray(2)]);
}

/** Its frame header claims the largest possible size. */
function hugeJpeg(jpeg: Buffer): Buffer {
  const at = jpeg.indexOf(Buffer.from([0xff, 0xc0]));
  return changed(jpeg, at + 5, Buffer.from([0xff, 0xdc, 0xff, 0xdc]));
}
