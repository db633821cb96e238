import {expect, test} from 'vitest';
import {madeAt} from './made-at.ts';

test('an id of version 7 tells when the user was made', () => {
  expect(madeAt('017f22e2-79b0-7cc3-98c4-dc0c0c07398f')).toEqual(new Date('2022-02-22T19:22:22.000Z'));
});

test('another id tells nothing', () => {
  expect(madeAt('c232ab00-9414-41ec-b3c8-9f6bdeced846')).toBeUndefined();
  expect(madeAt('whoever')).toBeUndefined();
});
