import {patiently} from '@madang/testkit/patience';
/** Checks what the balancer shows to the outside. */
import {setTimeout as breathe} from 'node:timers/promises';
import {createClient, type Client} from '../../../packages/client/src/client.ts';
import {waitFor} from '@madang/testkit/wait-for';
import {expect, step} from './steps.ts';

export async function checkOutside(url: string): Promise<void> {
  await step(
    'two users on different gateways talk',
    () => talkAcross(url),
    (nodes) => nodes.join(', '),
  );
  await step('metrics do not pass the balancer', async () => {
    for (const path of ['/metrics', '/livez/../metrics']) {
      expect((await fetch(`${url}${path}`)).status === 404, `${path} answers`);
    }
  });
  await step('a spoofed X-Forwarded-For changes nothing', () => spoof(url));
}

/**
 * Adds guests until two of them are on different nodes, and checks that they receive each other's messages. Returns the
 * nodes.
 */
export async function talkAcross(url: string, names = ['Alice', 'Bob']): Promise<string[]> {
  const clients: Client[] = [];
  try {
    let pair: [Client, Client] | undefined;
    for (let attempt = 0; attempt < 20 && !pair; attempt += 1) {
      // The balancer may not have found all the new gateways yet.
      await breathe(attempt * 50);
      const client = createClient({url});
      clients.push(client);
      await patiently(() => client.guest({displayName: `${names[attempt % 2]} ${attempt}`}));
      await client.connect();
      const other = clients.find(({node}) => node !== client.node);
      if (other) pair = [other, client];
    }
    expect(pair, 'every guest is on the same gateway');
    const [alice, bob] = pair;
    const texts: string[] = [];
    bob.on('message', ({text}) => texts.push(text));
    alice.on('message', ({text}) => texts.push(text));
    const {room} = await alice.call('room:create', {title: 'Courtyard'});
    await bob.call('room:join', {roomId: room.id});
    await alice.send(room.id, 'Hello, Bob!');
    await bob.send(room.id, 'Hello, Alice!');
    await waitFor(() => texts.length === 4, {timeoutMs: 5_000, what: 'both to hear both'});
    return [alice.node!, bob.node!];
  } finally {
    for (const client of clients) client.close();
  }
}

/** Ten wrong passwords lock an account for an address. A client that could choose its address would never be locked out. */
async function spoof(url: string): Promise<void> {
  const username = `smoke${Date.now()}`;
  const post = (path: string, body: object, headers: Record<string, string> = {}) =>
    fetch(`${url}/api/v1${path}`, {
      method: 'POST',
      headers: {'content-type': 'application/json', ...headers},
      body: JSON.stringify(body),
    });
  await post('/auth/register', {username, password: 'a right password'});
  const statuses: number[] = [];
  for (let number = 1; number <= 11; number += 1) {
    const headers = {'x-forwarded-for': `203.0.113.${number}`, 'x-real-ip': `203.0.113.${number}`};
    const {status} = await post('/auth/login', {username, password: `wrong ${number}`}, headers);
    statuses.push(status);
  }
  expect(statuses.at(-1) === 429, `eleven wrong passwords were answered ${statuses.join(' ')}`);
  const guest = await post(
    '/auth/guest',
    {},
    {'x-forwarded-proto': 'https', 'x-forwarded-host': 'evil.example'},
  );
  const cookie = guest.headers.getSetCookie().join();
  expect(cookie.startsWith('madang=') && !/secure/i.test(cookie), `over plain HTTP the cookie is ${cookie}`);
}
