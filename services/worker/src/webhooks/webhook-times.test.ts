import {expect, test} from 'vitest';
import {readWebhookTimes, webhookTimes} from './webhook-times.ts';

test('replaces the times that are named and keeps the others', () => {
  expect(readWebhookTimes('leaseMs=4000, firstRetryMs=100')).toEqual({
    ...webhookTimes,
    leaseMs: 4_000,
    firstRetryMs: 100,
  });
});

test.each(['', 'lease=4000', 'leaseMs', 'leaseMs=0', 'leaseMs=1s', 'toString=1'])(
  'refuses %j and says what it must be',
  (text) => {
    expect(() => readWebhookTimes(text)).toThrow('must be name=milliseconds');
  },
);
