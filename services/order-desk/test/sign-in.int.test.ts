// Guessing passwords at the desk: how many tries there are, from where and for whom.
import {randomUUID} from 'node:crypto';
import {afterAll, beforeAll, expect, test} from 'vitest';
import {openCounter, Person, type Counter} from './counter.ts';

let counter: Counter;
beforeAll(async () => {
  counter = await openCounter({gateways: 1});
  await counter.openDesk();
}, 90_000);
afterAll(() => counter.stop());

function enter(name: string, password: string, language = 'en') {
  return fetch(`${counter.url}/enter`, {
    method: 'POST',
    redirect: 'manual',
    headers: {'accept-language': language},
    body: new URLSearchParams({role: 'customer', name, password}),
  });
}
const guess = async (name: string) => (await enter(name, `guess ${randomUUID()}`)).status;

test('the eleventh wrong password of an account is refused, also with the right one, and says when to come back', async () => {
  const {name} = await Person.enter(counter.url, 'customer');
  // All at once: none of them may slip through while another is being checked.
  const statuses = await Promise.all(Array.from({length: 12}, () => guess(name)));
  expect(statuses.toSorted((one, other) => one - other)).toEqual([...Array<number>(10).fill(403), 429, 429]);

  const refused = await enter(name, 'correct horse battery');
  expect(refused.status).toBe(429);
  expect(refused.headers.getSetCookie()).toEqual([]);
  expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
  expect(await refused.text()).toContain('Too many tries. Please wait a few minutes and try again.');
  expect(await (await enter(name, 'correct horse battery', 'ko')).text()).toContain('시도가 너무 많습니다.');
  await Person.enter(counter.url, 'customer');
});

test('entering with the right password uses up none of the tries', async () => {
  const {name} = await Person.enter(counter.url, 'customer');
  for (let no = 0; no < 15; no += 1) await Person.enter(counter.url, 'customer', name);
});

test('an address that guesses at many accounts is refused for all of them', async () => {
  const names = [];
  for (let no = 0; no < 12; no += 1) names.push((await Person.enter(counter.url, 'customer')).name);
  const statuses: number[] = [];
  for (const name of names) for (let no = 0; no < 5; no += 1) statuses.push(await guess(name));

  expect(statuses).toContain(403);
  expect(statuses.at(-1)).toBe(429);
  expect((await enter(names[0]!, 'correct horse battery')).status).toBe(429);
});
