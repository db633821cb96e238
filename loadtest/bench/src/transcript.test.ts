import {expect, test} from 'vitest';
import {Transcript, Violation} from './transcript.ts';

const payload = (text: string) => Buffer.from(text);

test('reads a payload once, and counts its messages for every listener', () => {
  const read: string[] = [];
  const transcript = new Transcript((bytes) => read.push(bytes.toString()));
  const [first, second] = [transcript.addListener(), transcript.addListener()];

  expect(transcript.hear(first, payload('a'))).toBe(1);
  expect(transcript.hear(first, payload('b'))).toBe(2);
  expect(transcript.hear(second, payload('a'))).toBe(1);
  expect(transcript.hear(second, payload('b'))).toBe(2);
  expect(read).toEqual(['a', 'b']);
});

test('refuses a listener that is shown another order', () => {
  const transcript = new Transcript(() => 1);
  const [first, second] = [transcript.addListener(), transcript.addListener()];
  transcript.hear(first, payload('a'));
  transcript.hear(first, payload('b'));

  expect(() => transcript.hear(second, payload('b'))).toThrow(Violation);
});

test('refuses to forget what a listener has not heard', () => {
  const transcript = new Transcript(() => 1);
  const [first, second] = [transcript.addListener(), transcript.addListener()];
  transcript.hear(first, payload('a'));

  expect(() => transcript.forget()).toThrow('listener 1 missed something');

  transcript.hear(second, payload('a'));
  transcript.forget();
  expect(transcript.hear(second, payload('b'))).toBe(1);
});
