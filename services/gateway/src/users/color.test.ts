import {expect, test} from 'vitest';
import {colorOf, luminanceOf} from './color.ts';

test('every colour can be read on white and on black', () => {
  for (let seed = 0; seed < 500; seed += 1) {
    const color = colorOf(String(seed));
    expect(color).toMatch(/^#[0-9a-f]{6}$/);
    const luminance = luminanceOf([...Buffer.from(color.slice(1), 'hex')].map((byte) => byte / 255));
    expect(1.05 / (luminance + 0.05)).toBeGreaterThan(4.4);
    expect((luminance + 0.05) / 0.05).toBeGreaterThan(4.4);
  }
});

test('the same seed has the same colour, others have many', () => {
  const colors = new Set(Array.from({length: 200}, (_, seed) => colorOf(String(seed))));

  expect(colorOf('seed')).toBe(colorOf('seed'));
  expect(colors.size).toBeGreaterThan(100);
});
