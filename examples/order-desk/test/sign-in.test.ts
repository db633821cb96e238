// Guessing passwords: how many attempts there are, from where and for whom, however many desks share the database.
import {randomUUID} from 'node:crypto';
import {afterAll, beforeAll, expect, test} from 'vitest';
import {startDesk, type RunningDesk} from './desk.ts';
import {anyAddress, Person} from './person.ts';

let desk: RunningDesk;
let otherDesk: RunningDesk;
let open: RunningDesk;
const started: RunningDesk[] = [];
beforeAll(async () => {
  for (const TRUST_PROXY of ['1', '1', '0']) started.push(await startDesk({TRUST_PROXY}));
  [desk, otherDesk, open] = started as [RunningDesk, RunningDesk, RunningDesk];
});
afterAll(() => Promise.all(started.map((each) => each.stop())));

type Entry = {password?: string; language?: string; from?: string; at?: RunningDesk};

function enter(name: string, {password = `guess ${randomUUID()}`, language = 'en', ...way}: Entry = {}) {
  const {from = anyAddress(), at = desk} = way;
  return fetch(`${at.url}/enter`, {
    method: 'POST',
    redirect: 'manual',
    headers: {'accept-language': language, 'x-forwarded-for': from},
    body: new URLSearchParams({role: 'customer', name, password}),
  });
}

test('the eleventh wrong password of an account is refused at every desk, also with the right one, and says when to come back', async () => {
  const {name} = await Person.enter(desk.url, 'customer');
  // All at once: none of them may slip through while another is being checked.
  const desks = Array.from({length: 12}, (_, no) => (no % 2 ? desk : otherDesk));
  const statuses = await Promise.all(desks.map(async (at) => (await enter(name, {at})).status));
  expect(statuses.toSorted((one, other) => one - other)).toEqual([...Array<number>(10).fill(403), 429, 429]);

  const password = 'correct horse battery';
  const refused = await enter(name, {password});
  expect(refused.status).toBe(429);
  expect(refused.headers.getSetCookie()).toEqual([]);
  expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
  expect(await refused.text()).toContain('Too many tries. Please wait a few minutes and try again.');
  expect(await (await enter(name, {password, language: 'ko'})).text()).toContain('시도가 너무 많습니다.');
  await Person.enter(desk.url, 'customer');
});

test('entering with the right password uses up none of the tries', async () => {
  const {name} = await Person.enter(desk.url, 'customer');
  for (let no = 0; no < 15; no += 1) await Person.enter(desk.url, 'customer', name);
});

const tally = (statuses: number[]) =>
  Object.fromEntries([403, 429].map((wanted) => [wanted, statuses.filter((each) => each === wanted).length]));

/** Sixty wrong passwords for twelve accounts: too few for any one of them, too many for one address. */
async function guessAtMany(
  guess: (name: string) => Promise<Response>,
): Promise<{names: string[]; statuses: number[]}> {
  const people = Array.from({length: 12}, () => Person.enter(desk.url, 'customer'));
  const names = (await Promise.all(people)).map(({name}) => name);
  const guesses = names.flatMap((name) => Array<string>(5).fill(name)).map(guess);
  return {names, statuses: (await Promise.all(guesses)).map(({status}) => status)};
}

test('an address that guesses at many accounts is refused for all of them, and others are not', async () => {
  const from = anyAddress();
  const {names, statuses} = await guessAtMany((name) => enter(name, {from}));

  expect(tally(statuses)).toEqual({403: 50, 429: 10});
  const password = 'correct horse battery';
  expect((await enter(names[0]!, {from, password})).status).toBe(429);
  expect((await enter(names[0]!, {password})).status).toBe(303);
});

test('without a proxy in front, an address that a visitor writes down itself is not believed', async () => {
  const {statuses} = await guessAtMany((name) => enter(name, {at: open}));

  expect(statuses).toContain(429);
});

test('a name or password that cannot be is refused with what it has to be', async () => {
  for (const answer of [await enter('someone', {password: 'short'}), await enter('n'.repeat(33))]) {
    expect(answer.status).toBe(400);
    expect(await answer.text()).toContain('A name has 1 to 32 characters, a password 8 to 128.');
  }
});
