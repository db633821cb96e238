import {readFileSync} from 'node:fs';
import {join} from 'node:path';
import {formatHex, oklch, parse, wcagContrast} from 'culori';
import {expect, test} from 'vitest';

const css = readFileSync(join(import.meta.dirname, 'tokens.css'), 'utf8');
const themes = ['light', 'dark'] as const;
const grounds = ['paper', 'raised', 'sunken'];

/** Returns a token's colour in one theme. */
function token(name: string, theme: (typeof themes)[number]): string {
  const found = new RegExp(`--${name}: light-dark\\((oklch\\([^)]*\\)), (oklch\\([^)]*\\))\\);`).exec(css);
  const color = parse(found?.[theme === 'light' ? 1 : 2] ?? '');
  if (color === undefined) throw new Error(`tokens.css has no --${name}`);
  return formatHex(color);
}

/** Returns a name's colour as person.module.css derives it from the person's colour. */
function nameColor(hex: string, theme: (typeof themes)[number]): string {
  const {h = 0, c} = oklch(hex)!;
  return formatHex({mode: 'oklch', l: theme === 'light' ? 0.48 : 0.78, c: Math.min(c, 0.13), h});
}

test.each(themes)('text can be read on every ground of the %s theme', (theme) => {
  const texts = ['ink', 'soft-ink', 'accent-text', 'good', 'warn', 'bad'];
  for (const text of texts) {
    for (const ground of grounds) {
      const contrast = wcagContrast(token(text, theme), token(ground, theme));
      expect(contrast, `${text} on ${ground}`).toBeGreaterThanOrEqual(4.5);
    }
  }
  for (const [text, ground] of [
    ['on-accent', 'accent'],
    ['ink', 'mine'],
    ['soft-ink', 'mine'],
    ['accent-text', 'accent-wash'],
  ] as const) {
    const contrast = wcagContrast(token(text, theme), token(ground, theme));
    expect(contrast, `${text} on ${ground}`).toBeGreaterThanOrEqual(4.5);
  }
});

test.each(themes)('a name in any colour can be read in the %s theme', (theme) => {
  for (let hue = 0; hue < 360; hue += 3) {
    for (const [l, c] of [
      [0.2, 0.1],
      [0.5, 0.2],
      [0.9, 0.05],
    ] as const) {
      const color = nameColor(formatHex({mode: 'oklch', l, c, h: hue}), theme);
      for (const ground of grounds) {
        expect(wcagContrast(color, token(ground, theme)), `${color} on ${ground}`).toBeGreaterThanOrEqual(
          4.5,
        );
      }
    }
  }
});
