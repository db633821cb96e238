import {expect, test} from 'vitest';
import {refusalOf, type ImageHeader} from './image-estimate.ts';

const of = (type: ImageHeader['type'], megapixels: number, more: Partial<ImageHeader> = {}): ImageHeader => ({
  type,
  width: megapixels * 1_000,
  height: 1_000,
  frames: 1,
  ...more,
});

test.each([
  of('jpeg', 25),
  of('png', 25),
  of('gif', 23),
  of('webp', 16),
  of('webp', 7, {hasAlpha: true}),
  of('webp', 0.5, {frames: 20}),
  of('gif', 0.2, {frames: 100}),
  of('png', 0.5, {frames: 40}),
])('takes a $type of $width × $height with $frames frames', (header) => {
  expect(refusalOf(header)).toBeUndefined();
});

test.each([
  of('jpeg', 26),
  of('webp', 17),
  of('webp', 8, {hasAlpha: true}),
  of('webp', 3, {frames: 18}),
  of('gif', 4, {frames: 12}),
  of('png', 26, {frames: 2}),
])('refuses a $type of $width × $height with $frames frames before it is decoded', (header) => {
  expect(refusalOf(header)).toMatchObject({refused: 'too_large'});
});

test('says how many megapixels there are, and how many may be', () => {
  expect(refusalOf(of('jpeg', 25.04))?.message).toBe(
    'The picture has 25.1 megapixels; at most 25 are accepted of this kind.',
  );
  expect(refusalOf(of('gif', 4, {frames: 12}))?.message).toBe(
    'The frames have 48 megapixels together; at most 21.4 are accepted of this kind.',
  );
  expect(refusalOf(of('gif', 0.001, {frames: 301}))?.message).toBe(
    'The animation has 301 frames; at most 300 are accepted.',
  );
});

const kinds: Pick<ImageHeader, 'type' | 'hasAlpha'>[] = [
  {type: 'jpeg'},
  {type: 'png', hasAlpha: true},
  {type: 'gif'},
  {type: 'webp'},
  {type: 'webp', hasAlpha: true},
];
const frameCounts = [1, 2, 3, 10, 100, 299, 300];
const sides = [1, 16, 100, 480, 1_000, 2_000, 3_000, 4_000, 5_000, 7_000, 25_000, 65_535];

/** Every kind in every size: tall, wide and square. */
const headers = kinds.flatMap((kind) =>
  frameCounts.flatMap((frames) =>
    sides.flatMap((width) => sides.map((height) => ({...kind, frames, width, height}))),
  ),
);

test('what is taken stays taken with fewer frames, or fewer pixels', () => {
  for (const header of headers.filter((each) => refusalOf(each) === undefined)) {
    const {width, height, frames} = header;
    const smaller = [
      {...header, width: Math.ceil(width / 2)},
      {...header, height: Math.ceil(height / 2)},
      {...header, frames: Math.ceil(frames / 2)},
      {...header, width: height, height: width},
    ];
    for (const each of smaller) expect([header, each, refusalOf(each)]).toEqual([header, each, undefined]);
  }
});

test('whatever is refused says how large a picture of its kind may be, and one of that size is taken', () => {
  for (const header of headers) {
    const {message} = refusalOf(header) ?? {};
    const [, megapixels] = /at most ([\d.]+) are accepted of this kind\.$/.exec(message ?? '') ?? [];
    if (message === undefined || megapixels === undefined) continue;
    const areTogether = message.startsWith('The frames');
    const pixels = (Number(megapixels) * 1e6) / (areTogether ? header.frames : 1);
    const side = Math.floor(Math.sqrt(pixels));
    const again = refusalOf({...header, width: side, height: side})?.message;

    // Its frames may be too large together; the next answer says so.
    const isTaken = again === undefined || (!areTogether && again.startsWith('The frames'));
    expect([header, message, again, isTaken]).toEqual([header, message, again, true]);
  }
});

test('nothing is taken that a viewer of 25 megapixels a frame, 50 together and 300 frames could not show', () => {
  for (const {frames, width, height, ...kind} of headers) {
    if (refusalOf({...kind, frames, width, height}) !== undefined) continue;
    expect(width * height).toBeLessThanOrEqual(25_000_000);
    if (frames > 1) expect(width * height * frames).toBeLessThanOrEqual(50_000_000);
  }
});
