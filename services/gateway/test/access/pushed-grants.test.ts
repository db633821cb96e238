/**
 * A change of the policy pushes the rights that it takes away or grants to the affected users' clients, on every node.
 */
import {RawClient, type SignedIn} from '@madang/testkit/raw-client';
import {waitFor} from '@madang/testkit/wait-for';
import {afterAll, beforeAll, expect, test} from 'vitest';
import {Product} from '../support/product.ts';

let shop: Product;
let ann: SignedIn;
let ben: SignedIn;
beforeAll(async () => {
  shop = await Product.start({case: {visibility: 'private'}, plain: {visibility: 'private'}} as never);
  [ann, ben] = [await shop.person(), await shop.person()];
});
afterAll(() => shop.stop());

type Told = {roomId: string; may: string[]};
const told = (tab: RawClient) => tab.events<Told>('room:may');
const patience = {timeoutMs: 20_000};

/** A connection to each node. */
async function tabsOf(who: SignedIn): Promise<RawClient[]> {
  const tabs = await Promise.all(shop.cluster.urls.map((url) => RawClient.connect(url, who)));
  for (const tab of tabs) await tab.call('session:start', {});
  return tabs;
}

test('members are told what they may do in a room once the policy changes it, and nobody else is told anything', async () => {
  const [roomId, other] = [await shop.room('case', [ann, ben]), await shop.room('plain', [ann, ben])];
  await shop.call('PATCH', `/rooms/${roomId}/members/${ann.user.id}`, {role: 'moderator'});
  const tabs = [...(await tabsOf(ann)), ...(await tabsOf(ben))];
  const bens = tabs.slice(3);

  await shop.rule({case: {grants: {send: 'moderator'}}});
  for (const tab of bens) await waitFor(() => told(tab).length === 1, {...patience, what: 'ben to be told'});
  for (const tab of bens) expect(told(tab)[0]).toEqual({roomId, may: expect.not.arrayContaining(['send'])});

  // The next event shows that nothing else came before it.
  await shop.rule({plain: {editMinutes: 5}});
  await shop.rule({case: {grants: {send: 'member', attach: 'service'}}});
  for (const tab of tabs) {
    await waitFor(() => told(tab).some(({may}) => !may.includes('attach')), {
      ...patience,
      what: 'all to be told',
    });
  }
  for (const tab of bens) expect(told(tab).map(({may}) => may.includes('send'))).toEqual([false, true]);
  for (const tab of tabs.slice(0, 3)) expect(told(tab)).toHaveLength(1);
  for (const tab of tabs) expect(told(tab).map((each) => each.roomId)).not.toContain(other);
  for (const tab of tabs) tab.close();
});

test('what people may do outside of rooms is pushed once the policy changes it, to who has started a session', async () => {
  const allowed = ['createPublic', 'createPrivate', 'direct', 'directory', 'rename'];
  const tabs = [...(await tabsOf(ann)), ...(await tabsOf(ben))];
  const unstarted = await RawClient.connect(shop.anyNode, ann);
  const pushed = (tab: RawClient) => tab.events<{may: string[]}>('session:may').map(({may}) => may);
  const all = [...tabs, unstarted];

  await shop.patch({people: {rename: 'service'}});
  for (const tab of tabs)
    await waitFor(() => pushed(tab).length === 1, {...patience, what: 'all to be told'});
  // A change with the same effect for people pushes nothing, as the next event shows.
  await shop.patch({people: {reserved: ['desk']}});
  await shop.patch({people: {direct: 'service', rename: 'anyone'}});
  for (const tab of tabs)
    await waitFor(() => pushed(tab).length > 1, {...patience, what: 'all to be told again'});
  const without = (right: string) => allowed.filter((each) => each !== right);
  for (const tab of tabs) expect(pushed(tab)).toEqual([without('rename'), without('direct')]);

  const {may} = await unstarted.call('session:start', {});
  expect([may, pushed(unstarted)]).toEqual([without('direct'), []]);
  for (const tab of all) tab.close();
});
