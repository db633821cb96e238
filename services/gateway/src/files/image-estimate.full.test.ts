// With the real converter: what the estimate takes, the converter's own bounds must not refuse.
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

/** Of a picture twice as wide as high, the largest that is taken, in steps of 16 pixels. */
function largest(kind: Kind): {width: number; height: number} {
  const isTaken = (height: number) => refusalOf({...kind, width: 2 * height, height}) === undefined;
  let height = 16;
  while (isTaken(height + 16)) height += 16;
  return {width: 2 * height, height};
}

const encode: Record<string, (image: Sharp) => Sharp> = {
  jpeg: (image) => image.jpeg({quality: 60}),
  png: (image) => image.png({compressionLevel: 1}),
  gif: (image) => image.gif({effort: 1, dither: 0}),
  webp: (image) => image.webp({quality: 30, effort: 0}),
};

/** As much noise as fits into an upload: the larger its grains, the smaller the file. */
async function noisy({
  type,
  frames,
  hasAlpha,
}: Kind): Promise<{bytes: Buffer; width: number; height: number}> {
  const {width, height} = largest({type, frames, hasAlpha});
  if (type === 'png' && frames > 1) {
    const chunks = await animatedPng(frames, [width, height]);
    return {bytes: writePng(chunks), width, height};
  }
  for (let grain = 1; ; grain *= 2) {
    const [columns, rows] = [Math.ceil(width / grain), Math.ceil(height / grain)];
    const noise = {type: 'gaussian', mean: 128, sigma: 40} as const;
    const small = await sharp({
      create: {width: columns, height: rows, channels: 3, background: '#000', noise},
    })
      .png()
      .toBuffer();
    let still = sharp(small).resize(width, height, {kernel: 'nearest', fit: 'fill'});
    if (hasAlpha) still = still.ensureAlpha(0.5);
    const frame = frames > 1 ? await still.png({compressionLevel: 0}).toBuffer() : undefined;
    const whole = frame
      ? sharp(
          Array.from({length: frames}, () => frame),
          {join: {animated: true}},
        )
      : still;
    const bytes = await encode[type]!(whole).toBuffer();
    if (bytes.length <= limits.uploadBytes) return {bytes, width, height};
  }
}

/** What the converter answers, or how it ended: 3 for too much memory, 4 for too much time. */
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
