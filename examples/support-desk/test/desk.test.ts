// A case from its first message to the customer's deletion, against a running Madang: MADANG_URL and MADANG_KEY.
import assert from 'node:assert/strict';
import {spawn} from 'node:child_process';
import {randomUUID} from 'node:crypto';
import {once} from 'node:events';
import {after, before, test} from 'node:test';
import {createClient, type Client} from '@madang/client';

const agent = {name: `Lee ${randomUUID().slice(0, 8)}`, password: 'correct horse'};
let url = '';
let stop = async () => {};
before(async () => {
  const env = {...process.env, PORT: '0', DESK_AGENTS: `${agent.name}:${agent.password}`};
  const desk = spawn(process.execPath, ['src/main.ts'], {env, stdio: ['ignore', 'pipe', 'inherit']});
  stop = async () => void (desk.kill(), await once(desk, 'exit'));
  for await (const text of desk.stdout) if ((url = /http\S+/.exec(String(text))?.[0] ?? '')) break;
});
after(() => stop());

async function enter(person: {name: string; password: string}) {
  const headers = {'content-type': 'application/json'};
  const entered = await fetch(`${url}/enter`, {method: 'POST', headers, body: JSON.stringify(person)});
  const cookie = entered.headers.getSetCookie()[0]?.split(';')[0] ?? '';
  const ask = (method: string, path: string) => fetch(url + path, {method, headers: {cookie}});
  const token = async () => (await (await ask('GET', '/token')).json()) as {token: string; url: string};
  const client = createClient({url: (await token()).url, getToken: async () => (await token()).token});
  return {ask, client};
}

const messagesIn = (client: Client, roomId: string) => client.stores.messages(roomId).snapshot().messages;
async function until(what: string, holds: () => unknown): Promise<void> {
  for (const since = Date.now(); !(await holds()); await new Promise((resolve) => setTimeout(resolve, 50)))
    assert(Date.now() - since < 30_000, `not in time: ${what}`);
}

void test('a customer and an agent talk, the bot greets, and what the customer wrote goes with the customer', async () => {
  const customer = await enter({name: `Kim ${randomUUID().slice(0, 8)}`, password: 'battery staple'});
  const {roomId} = (await (await customer.ask('POST', '/case')).json()) as {roomId: string};
  const lee = await enter(agent);
  await Promise.all([customer.client.connect(), lee.client.connect()]);

  await customer.client.send(roomId, 'Where is my parcel?');
  await until('the greeting', () => messagesIn(customer.client, roomId).length === 2);
  await lee.client.send(roomId, 'On its way.');
  await until('the answer', () => messagesIn(customer.client, roomId).length === 3);
  const transcript = await (await lee.ask('GET', `/cases/${roomId}/transcript`)).text();
  assert.match(transcript, /Kim \w+: Where is my parcel\?\n.*Thank you!.*\n.*Lee \w+: On its way\.\n/);
  assert.equal((await customer.ask('GET', `/cases/${roomId}/transcript`)).status, 403);

  const {room} = await lee.client.call('room:get', {roomId});
  const path = `/customers/${String(room.data!['customerId'])}`;
  assert.equal((await customer.ask('DELETE', path)).status, 403);
  assert.equal((await lee.ask('DELETE', path)).status, 204);
  await until('the erasure', async () => {
    const left = await (await lee.ask('GET', `/cases/${roomId}/transcript`)).text();
    return left.includes('On its way.') && !left.includes('parcel');
  });
  assert.equal((await customer.ask('GET', '/token')).status, 401);
  customer.client.close();
  lee.client.close();
});

void test('what Madang has not signed is no event', async () => {
  const headers = {
    'content-type': 'application/json',
    'webhook-id': 'x',
    'webhook-timestamp': '1',
    'webhook-signature': 'v1,x',
  };
  assert.equal((await fetch(`${url}/webhook`, {method: 'POST', headers, body: '{}'})).status, 400);
});
