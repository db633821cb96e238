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
  of('webp', 24),
  of('webp', 7, {hasAlpha: true}),
  of('webp', 0.5, {frames: 20}),
  of('gif', 0.2, {frames: 100}),
  of('png', 0.5, {frames: 40}),
])('takes a $type of $width × $height with $frames frames', (header) => {
  expect(refusalOf(header)).toBeUndefined();
});

test.each([
  of('jpeg', 26),
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
