// With the real converter: its own bounds must not refuse an image that the estimate accepts.
import {fork} from 'node:child_process';
import {once} from 'node:events';
import {limits} from '@madang/protocol/limits';
import sharp, {type Sharp} from 'sharp';
import {expect, onTestFinished, test} from 'vitest';
import {animatedPng} from '../../test/support/uploads.ts';
import {refusalOf, type ImageHeader} from './image-estimate.ts';
import type {ImageAnswer} from './image-limits.ts';
import {writePng} from './png-chunks.ts';

type Kind = Omit<ImageHeader, 'width' | 'height'>;

/** The largest accepted picture that is twice as wide as high, in steps of 16 pixels. */
function largest(kind: Kind): {width: number; height: number} {
  const isTaken = (height: number) => refusalOf({...kind, width: 2 * height, height}) === undefined;
  let height = 16;
  while (isTaken(height + 16)) height += 16;
  return {width: 2 * height, height};
}

/** Ordered from most noise kept to least. For lossless encodings only the grains matter. */
const encodings: Record<string, ((image: Sharp) => Sharp)[]> = {
  jpeg: [80, 60, 40, 20].map((quality) => (image) => image.jpeg({quality})),
  png: [(image) => image.png({compressionLevel: 1})],
  gif: [(image) => image.gif({effort: 1, dither: 0})],
  webp: [60, 40, 25, 12].map((quality) => (image) => image.webp({quality, effort: 0})),
};

/** As much noise as fits into an upload: finer grains and better quality give the converter more work. */
async function noisy(kind: Kind): Promise<{bytes: Buffer; width: number; height: number}> {
  const {width, height} = largest(kind);
  if (kind.type === 'png' && kind.frames > 1) {
    return {bytes: writePng(await animatedPng(kind.frames, [width, height])), width, height};
  }
  for (let grain = 1; ; grain *= 2) {
    const image = await grained({...kind, width, height}, grain);
    for (const encode of encodings[kind.type]!) {
      const bytes = await encode(image.clone()).toBuffer();
      if (bytes.length <= limits.uploadBytes) return {bytes, width, height};
    }
  }
}

async function grained({width, height, frames, hasAlpha}: ImageHeader, grain: number): Promise<Sharp> {
  const [columns, rows] = [Math.ceil(width / grain), Math.ceil(height / grain)];
  const noise = {type: 'gaussian', mean: 128, sigma: 40} as const;
  const small = await sharp({create: {width: columns, height: rows, channels: 3, background: '#000', noise}})
    .png({compressionLevel: 0})
    .toBuffer();
  let still = sharp(small).resize(width, height, {kernel: 'nearest', fit: 'fill'});
  if (hasAlpha) still = still.ensureAlpha(0.5);
  const frame = await still.png({compressionLevel: 0}).toBuffer();
  if (frames === 1) return sharp(frame);
  return sharp(
    Array.from({length: frames}, () => frame),
    {join: {animated: true}},
  );
}

/** The converter's answer, or its exit code: 3 for too much memory, 4 for too much time. */
async function convert(bytes: Buffer): Promise<ImageAnswer | {exit: unknown}> {
  const child = fork(new URL('./image-process.ts', import.meta.url), {
    serialization: 'advanced',
    execArgv: ['--max-old-space-size=128'],
    env: {MALLOC_ARENA_MAX: '2'},
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  child.send({bytes});
  const answer = once(child, 'message').then(([message]) => message as ImageAnswer);
  return Promise.race([answer, once(child, 'exit').then(([exit]) => ({exit}))]);
}

test.each<Kind>([
  {type: 'jpeg', frames: 1},
  {type: 'png', frames: 1},
  {type: 'gif', frames: 1},
  {type: 'webp', frames: 1},
  {type: 'webp', frames: 1, hasAlpha: true},
  {type: 'gif', frames: 2},
  {type: 'gif', frames: 100},
  {type: 'webp', frames: 2},
  {type: 'webp', frames: 100},
  {type: 'png', frames: 2},
  {type: 'png', frames: 100},
])(
  'the largest $type of $frames frames (alpha $hasAlpha) that is taken is converted within the bounds',
  {timeout: 600_000},
  async (kind) => {
    const {bytes, width, height} = await noisy(kind);

    expect(await convert(bytes)).toMatchObject({type: `image/${kind.type}`, width, height});
  },
);
