import {expect, test} from 'vitest';
import {Mode} from './mode.ts';

test('a mode goes where its table says, and nowhere else', () => {
  const door = new Mode<'shut' | 'open' | 'locked'>('a door', 'shut', {
    shut: ['open', 'locked'],
    open: ['shut'],
    locked: [],
  });

  door.enter('open');
  expect(door.now).toBe('open');
  expect(() => door.enter('locked')).toThrow('a door goes from open to locked');
  expect(door.is('shut', 'open')).toBe(true);
  door.enter('shut');
  door.enter('locked');
  expect(() => door.enter('shut')).toThrow('a door goes from locked to shut');
});
