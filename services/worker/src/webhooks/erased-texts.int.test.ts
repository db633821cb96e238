import {readEvents} from '@madang/database/events/events';
import {updateWebhook} from '@madang/database/events/webhooks';
import {deletePerson} from '@madang/database/users/administration';
import {waitFor} from '@madang/testkit/wait-for';
import {expect, test} from 'vitest';
import {createShop, hasty, ok, patience, type Answer} from '../../test/shop.ts';

test('what a deleted user wrote is in no retry, no replay and no page of events', async () => {
  const answer: {now: Answer} = {now: (_, res) => void res.writeHead(500).end()};
  const shop = await createShop(answer);
  const {db, tenantId, ref, receiver, user} = shop;
  await updateWebhook(
    db,
    ref,
    {types: ['message.created', 'message.deleted', 'user.erased']},
    'webhook:update',
  );
  const {position} = await shop.read();
  await shop.startWorker({}, {webhookTimes: hasty});
  await shop.send(120, (no) => `a secret, ${no}`);
  await waitFor(() => receiver.tried.some(({body}) => body.includes('a secret')), {
    ...patience,
    what: 'a delivery with the text to fail',
  });
  const isErased = () => receiver.told().some(({type}) => type === 'user.erased');

  await deletePerson(db, {tenantId, ref: {id: user.id}, messages: 'erase'});
  await waitFor(
    async () =>
      (await db.query({name: '', text: `select from erasures where finished_at is not null`})).length > 0,
    {
      timeoutMs: 60_000,
      everyMs: 100,
      what: 'the erasure to end',
    },
  );
  answer.now = ok;
  await waitFor(isErased, {...patience, what: 'the erasure to be told'});
  receiver.taken.length = 0;
  await updateWebhook(db, ref, {after: position}, 'webhook:replay');
  await waitFor(isErased, {...patience, what: 'the erasure to be told again'});

  const created = receiver.told().filter(({type}) => type === 'message.created');
  expect(new Set(created.map(({data}) => data.message!.seq)).size).toBe(120);
  expect(receiver.taken.map(({body}) => body).join()).not.toContain('a secret');
  const pages = await readEvents(db, {tenantId, after: 0, limit: 1_000, maxBytes: 10_000_000});
  expect(pages!.events.length).toBeGreaterThan(120);
  expect(JSON.stringify(pages)).not.toContain('a secret');
}, 120_000);
