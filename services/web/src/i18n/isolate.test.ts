import {expect, test} from 'vitest';
import {isolate} from './isolate.ts';

test('keeps the direction of a text that has one of its own to itself', () => {
  for (const name of ['שרה', 'محمد', '\u202Eevil', 'a \u2067b', '𞤀'])
    expect(isolate(name)).toBe(`\u2068${name}\u2069`);
});

test('leaves other texts as they are', () => {
  for (const name of ['mina', '민아', 'Ünal', '日本', '🍊', '1–2', '']) expect(isolate(name)).toBe(name);
});
