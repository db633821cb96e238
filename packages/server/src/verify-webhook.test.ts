import {Webhook as Signer} from 'standardwebhooks';
import {expect, test} from 'vitest';
import {verifyWebhook, WebhookError} from './verify-webhook.ts';

const secret = `whsec_${Buffer.from('a secret of thirty-two characters').toString('base64')}`;
const other = `whsec_${Buffer.from('another one of thirty-two letters').toString('base64')}`;
const body = JSON.stringify({type: 'events', timestamp: '2026-03-01T00:00:00.000Z', data: {events: []}});

function delivered({by = secret, at = new Date(), id = 'msg_1'} = {}) {
  return {
    'webhook-id': id,
    'webhook-timestamp': String(Math.floor(at.getTime() / 1_000)),
    'webhook-signature': new Signer(by).sign(id, at, body),
  };
}

test('a delivery that Standard Webhooks signed is read, from either kind of headers and of body', () => {
  expect(verifyWebhook({secret, headers: delivered(), body})).toMatchObject({data: {events: []}});
  const headers = new Headers(delivered());
  expect(verifyWebhook({secret: [other, secret], headers, body: Buffer.from(body)})).toMatchObject({
    type: 'events',
  });
  const [one, two] = [delivered(), delivered({by: other})];
  const signature = `${two['webhook-signature']} ${one['webhook-signature']}`;
  expect(() =>
    verifyWebhook({secret, headers: {...one, 'webhook-signature': signature}, body}),
  ).not.toThrow();
});

test.each([
  ['a changed body', {headers: delivered(), body: body.replace('events', 'Events')}],
  ['another id', {headers: {...delivered(), 'webhook-id': 'msg_2'}, body}],
  ['the secret of another webhook', {headers: delivered({by: other}), body}],
  ['a signature of another form', {headers: {...delivered(), 'webhook-signature': 'v1'}, body}],
  ['an old delivery', {headers: delivered({at: new Date(Date.now() - 6 * 60_000)}), body}],
  ['one of the future', {headers: delivered({at: new Date(Date.now() + 6 * 60_000)}), body}],
  ['a missing header', {headers: {}, body}],
])('%s is refused', (_, received) => {
  expect(() => verifyWebhook({secret, ...received})).toThrow(WebhookError);
});
