/**
 * Rows 1, 2 and 6 of what the shared backend must show, on three nodes: what a customer of a product with the support
 * preset is refused, how soon a changed policy is obeyed, and how soon a disabled, signed-out or deleted user is out.
 */
import {randomUUID} from 'node:crypto';
import type {CallName} from '@madang/protocol/calls';
import {RawClient, Refused, request, type SignedIn} from '@madang/testkit/raw-client';
import {patiently} from '@madang/testkit/patience';
import {waitFor} from '@madang/testkit/wait-for';
import {afterAll, beforeAll, expect, test} from 'vitest';
import {operations} from '../../src/operations.ts';
import {nameOf} from '../../src/calls/run-operation.ts';
import {callAs, callerOf, type Input} from '../support/access-cast.ts';
import {startGateways} from '../support/gateways.ts';
import {Product} from '../support/product.ts';

/** The limit in the promise. */
const withinMs = 2_000;

let shop: Product;
let ann: SignedIn;
let ben: SignedIn;
let agent: SignedIn;
beforeAll(async () => {
  // Without broadcasts only the pulse brings the news, as promised.
  shop = await Product.ofPreset('support', await startGateways(3, {MADANG_DROP_BROADCASTS: '1'}));
  ann = await shop.customer('ann');
  ben = await shop.customer('ben');
  agent = await shop.customer('agent', 'Support');
});
afterAll(() => shop.stop());

/** The room of a customer with the agent, who has written a message there. */
async function caseOf(customer: SignedIn): Promise<{roomId: string; seq: number}> {
  const roomId = await shop.room('room', [customer, agent]);
  const body = {clientId: randomUUID(), text: 'How can I help?'};
  const path = `/rooms/${roomId}/messages`;
  const {seq} = await shop.call<{seq: number}>('POST', path, body, {token: agent.token});
  return {roomId, seq};
}

type Attempt = [what: string, name: CallName, input: Input, refusal: object];
const ofGrant = (grant: string) => ({code: 'forbidden', details: {grant}});
const unseen = {code: 'not_found'};

function attemptsOf(own: {roomId: string; seq: number}, {roomId: other}: {roomId: string}): Attempt[] {
  const {roomId} = own;
  const [annId, benId, agentId] = [ann.user.id, ben.user.id, agent.user.id];
  const message = {clientId: randomUUID(), text: 'hello'};
  return [
    ['open a public room', 'room:create', {title: 'Everybody', visibility: 'public'}, ofGrant('create')],
    ['open a private room', 'room:create', {title: 'Mine', visibility: 'private'}, ofGrant('create')],
    ['make the room of a case', 'room:create', {title: 'C', externalId: 'case-1'}, {code: 'forbidden'}],
    ['write to another customer', 'direct:open', {userId: benId}, ofGrant('create')],
    ['list the users', 'user:list', {}, {code: 'forbidden'}],
    ['search for a user', 'user:list', {query: 'ben'}, {code: 'forbidden'}],
    ['take the name of the staff', 'user:update', {displayName: 'Support'}, ofGrant('rename')],
    ['take another name', 'user:update', {displayName: 'Anna'}, ofGrant('rename')],
    ['list all rooms', 'room:list', {all: true}, {code: 'forbidden'}],
    ['look at the room of another', 'room:get', {roomId: other}, unseen],
    ['join the room of another', 'room:join', {roomId: other}, unseen],
    ['read the room of another', 'message:list', {roomId: other}, unseen],
    ['follow the room of another', 'room:sync', {roomId: other, after: 0}, unseen],
    ['list the members of another room', 'room:members', {roomId: other}, unseen],
    ['send to the room of another', 'message:send', {...message, roomId: other}, unseen],
    ['add a member', 'member:add', {roomId, userId: benId}, ofGrant('add')],
    ['remove the agent', 'member:remove', {roomId, userId: agentId}, ofGrant('moderate')],
    ['become a moderator', 'member:update', {roomId, userId: annId, role: 'moderator'}, ofGrant('manage')],
    ['close the room', 'room:close', {roomId}, ofGrant('manage')],
    ['delete what the agent said', 'message:delete', own, ofGrant('moderate')],
  ];
}

/** Everything that a customer could have changed. Being online is no change. */
async function stateOfAll(roomIds: string[]) {
  const paths = [
    '/rooms?all=true&limit=200',
    '/users?externalIds=ann&externalIds=ben&externalIds=agent',
    ...roomIds.flatMap((id) => [`/rooms/${id}/members`, `/rooms/${id}/log?after=0`]),
  ];
  const read = await Promise.all(paths.map((path) => shop.call<object>('GET', path)));
  const passing = new Set(['online', 'seenAt']);
  return JSON.parse(
    JSON.stringify(read, (key, value: unknown) => (passing.has(key) ? undefined : value)),
  ) as object;
}

test('a customer is refused 20 forbidden things over HTTP and a socket, with codes, and has changed nothing', async () => {
  const [own, other] = [await caseOf(ann), await caseOf(ben)];
  const attempts = attemptsOf(own, other);
  const callers = shop.cluster.urls.map((url) => callerOf(url, ann));
  const before = await stateOfAll([own.roomId, other.roomId]);
  const refusals: object[] = [];

  for (const [no, [what, name, input, refusal]] of attempts.entries()) {
    const operation = operations.find((each) => nameOf(each) === name)!;
    for (const over of ['http', 'socket'] as const) {
      const {code, details} = await callAs(callers[no % 3]!, operation, over, input);
      expect({what, over, code, details}).toMatchObject(refusal);
      refusals.push({what, over});
    }
  }

  expect(refusals).toHaveLength(40);
  expect(await stateOfAll([own.roomId, other.roomId])).toEqual(before);
  for (const caller of callers) (await caller.connect()).close();
});

test('from the answer on that gives `send` to the service, every send of a customer is refused on every node, until it is given back', async () => {
  const {roomId} = await caseOf(ann);
  const tabs = await Promise.all(shop.cluster.urls.map((url) => RawClient.connect(url, ann)));
  /** Sends over the socket and over HTTP of each node, five times at once. */
  const sendAll = () =>
    Promise.all(
      Array.from({length: 5}, () =>
        tabs.flatMap((tab) => [
          codeOf(() => tab.call('message:send', {roomId, clientId: randomUUID(), text: 'over a socket'})),
          codeOf(async () => {
            const body = {clientId: randomUUID(), text: 'over HTTP'};
            const path = `/rooms/${roomId}/messages`;
            const answer = await request(tab.url, 'POST', path, {token: ann.token!, body});
            if (answer.body.error) throw new Refused(path, answer.body.error);
          }),
        ]),
      ).flat(),
    );
  const refused = {code: 'forbidden', details: {grant: 'send'}};

  for (let round = 0; round < 3; round += 1) {
    await shop.rule({room: {grants: {send: 'service'}}});
    const texts = await shop.texts(roomId);
    expect(await sendAll()).toEqual(Array(30).fill(refused));
    expect(await shop.texts(roomId)).toEqual(texts);

    await shop.rule({room: {grants: {send: 'member'}}});
    expect(await sendAll()).toEqual(Array(30).fill({code: 'ok'}));
    expect(await shop.texts(roomId)).toHaveLength(texts.length + 30);
  }
  for (const tab of tabs) tab.close();
});

type Coded = {error: {code: string; details?: object}};

/** The code of the refusal; retries while a busy machine refuses. */
async function codeOf(act: () => Promise<unknown>): Promise<{code: string; details?: object}> {
  return patiently(act).then(
    () => ({code: 'ok'}),
    (error: unknown) => {
      const {code, details} = (error as Coded).error;
      return {code, ...(details && {details})};
    },
  );
}

/**
 * Acts until the change is everywhere within two seconds. A busy machine may miss that now and then, so this tries
 * again; every change must arrive within 20 s.
 */
async function expectSoon(act: () => Promise<() => Promise<boolean>>): Promise<void> {
  const took: number[] = [];
  while (took.length < 6) {
    const isEverywhere = await act();
    const since = performance.now();
    await waitFor(isEverywhere, {timeoutMs: 20_000, what: 'every node to obey', everyMs: 50});
    took.push(performance.now() - since);
    if (took.at(-1)! < withinMs) return;
  }
  expect(Math.min(...took)).toBeLessThan(withinMs);
}

const everyNode = async (isSo: (url: string) => Promise<boolean>) =>
  (await Promise.all(shop.cluster.urls.map(isSo))).every(Boolean);

test.each([
  ['origins', {origins: ['https://shop.example']}, {origins: []}, 'GET', '/auth/providers', 200],
  ['guests', {signIn: {guests: true}}, {signIn: {guests: false}}, 'POST', '/auth/guest', 201],
] as const)(
  '%s of a changed policy are obeyed by every node within two seconds',
  async (_, given, taken, method, path, good) => {
    const becomes = (status: number) => () =>
      everyNode(async (url) => {
        const headers = {origin: path === '/auth/guest' ? url : 'https://shop.example'};
        const body = method === 'POST' ? {body: {}} : {};
        return (await request(url, method, path, {headers, ...body})).status === status;
      });

    for (const [patch, status] of [
      [given, good],
      [taken, 403],
    ] as const) {
      const opposite = patch === given ? taken : given;
      await expectSoon(async () => {
        await shop.patch(opposite);
        await waitFor(becomes(status === good ? 403 : good), {timeoutMs: 20_000, what: 'the other rule'});
        await shop.patch(patch);
        return becomes(status);
      });
    }
  },
);

test.each([
  ['disabled', 'POST', '/disable'],
  ['signed out', 'POST', '/sign-out'],
  ['deleted', 'DELETE', ''],
] as const)(
  'who is %s by the product’s own id is out on every node within two seconds, and then unauthenticated',
  async (_, method, action) => {
    const kept = await RawClient.connect(shop.anyNode, ben);
    await expectSoon(async () => {
      const externalId = `customer-${randomUUID()}`;
      const who = await shop.customer(externalId);
      const tabs = await Promise.all(
        shop.cluster.urls.map((url) => patiently(() => RawClient.connect(url, who))),
      );
      await shop.call(method, `/users/${externalId}${action}`, {});
      return async () => {
        if (tabs.some(({socket}) => socket.connected)) return false;
        expect(tabs.flatMap((tab) => tab.events('session:ending'))).toHaveLength(3);
        return everyNode(async (url) => {
          const handshake = codeOf(() => RawClient.connect(url, who));
          const {status} = await request(url, 'GET', '/me', {token: who.token!});
          return status === 401 && (await handshake).code === 'unauthenticated';
        });
      };
    });
    await kept.call('room:list', {});
    kept.close();
  },
);
