/** Colours of names. */
import {createHash} from 'node:crypto';

// The luminance at which text has the same contrast, 4.6 : 1, with white and with black (WCAG requires 4.5).
const readableLuminance = 0.179;
const saturation = 0.7;

/** A colour, `#rrggbb`, that depends only on the seed and is readable on light and dark backgrounds. */
export function colorOf(seed: string): string {
  const hue = createHash('sha256').update(seed).digest().readUInt16BE() % 360;
  let [low, high] = [0, 1];
  for (let step = 0; step < 12; step += 1) {
    const middle = (low + high) / 2;
    if (luminanceOf(rgb(hue, middle)) < readableLuminance) low = middle;
    else high = middle;
  }
  const bytes = rgb(hue, (low + high) / 2).map((channel) => Math.round(channel * 255));
  return `#${Buffer.from(bytes).toString('hex')}`;
}

/** The red, green and blue channels, from 0 to 1, of an HSL colour. */
function rgb(hue: number, lightness: number): number[] {
  const reach = saturation * Math.min(lightness, 1 - lightness);
  return [0, 8, 4].map((offset) => {
    const position = (offset + hue / 30) % 12;
    return lightness - reach * Math.max(-1, Math.min(position - 3, 9 - position, 1));
  });
}

/** Relative luminance as WCAG defines it. */
export function luminanceOf(channels: number[]): number {
  const [red = 0, green = 0, blue = 0] = channels.map((channel) =>
    channel <= 0.04045 ? channel / 12.92 : ((channel + 0.055) / 1.055) ** 2.4,
  );
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}
