/** Promise 8: the limits of the fields bound the cost of an input, whatever was sent. */
import {expect, test} from 'vitest';
import {mostLookedAt} from '../../test/support/looked-at.ts';
import {placesOf, samplesByName, texts, withValue} from '../../test/support/long-texts.ts';
import {httpSamples, samples} from '../../test/support/malformations.ts';
import {operations} from '../operations.ts';
import {nameOf} from './run-operation.ts';

const ofJson = operations.filter(({http}) => http?.takes !== 'file');

test.each(ofJson.map((operation) => [nameOf(operation), operation] as const))(
  '%s looks at no more of a long text than fits its field',
  (name, operation) => {
    for (const {path, maxLength} of placesOf(operation)) {
      for (const [kind, text] of texts) {
        const input = withValue(samplesByName[name], path, text);
        let fits = true;
        const most = mostLookedAt(text, () => ({success: fits} = operation.input.safeParse(input)));
        // A product may put anything into `data` as long as the whole is small.
        expect({kind, path, fits}).toEqual({kind, path, fits: false});
        expect({kind, path, most, isBounded: most <= maxLength + 1}).toEqual({
          kind,
          path,
          most,
          isBounded: true,
        });
      }
    }
  },
);

test('no regular expression looks at a long key, known or unknown', () => {
  for (const [kind, text] of texts) {
    for (const [name, input] of [
      ['session:start', {cursors: {[text]: {epoch: '1', rev: 1}}}],
      ['room:get', {roomId: '0193e7a0-0000-7000-8000-000000000001', [text]: 1}],
    ] as const) {
      const operation = operations.find(({event}) => event === name)!;
      let fits = true;
      const most = mostLookedAt(text, () => ({success: fits} = operation.input.safeParse(input)));
      expect(fits).toBe(false);
      expect({kind, name, most, isBounded: most <= 37}).toEqual({kind, name, most, isBounded: true});
    }
  }
});

test('a list or map with too many entries is refused unread, one with bad entries at the first', () => {
  const many = (length: number) => Array.from({length}, () => 'x');
  const cases: [name: string, input: object][] = [
    ['POST /notifications', {...httpSamples['POST /notifications'], to: many(60_000)}],
    ['POST /notifications', {...httpSamples['POST /notifications'], to: many(1_000)}],
    ['notification:read', {ids: many(30_000)}],
    ['notification:read', {ids: many(200)}],
    ['message:send', {...samples['message:send'], attachmentIds: many(60_000)}],
    ['session:start', {cursors: Object.fromEntries(many(9_000).map((key, no) => [key + no, 1]))}],
    ['POST /auth/guest', Object.fromEntries(many(9_000).map((key, no) => [key + no, 1]))],
  ];
  for (const [name, input] of cases) {
    const {error} = operations.find((each) => nameOf(each) === name)!.input.safeParse(input);
    expect(error?.issues).toHaveLength(1);
    expect(error!.issues[0]!.message.length).toBeLessThan(100);
  }
});
