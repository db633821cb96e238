import {afterAll, afterEach, beforeAll, expect, test} from 'vitest';
import {message, say} from './conversation.ts';
import {newName, register} from './entry.ts';
import {BACK_HOST, FRONT_HOST} from './hosts.ts';
import {startBackEnd, startFrontEnd, type Site} from './https-site.ts';
import type {Person} from './person.ts';
import {Stage} from './stage.ts';

let stage: Stage;
/** The addresses of two nodes, each with a front end on another site. */
let backEnds: Site[];
let frontEnds: Site[];
beforeAll(async () => {
  backEnds = await Promise.all([0, 1].map((node) => startBackEnd(BACK_HOST, () => stage.nodeUrl(node))));
  frontEnds = await Promise.all(backEnds.map(({origin}) => startFrontEnd(FRONT_HOST, () => origin)));
  stage = await Stage.open({
    env: {
      TRUST_PROXY: '1',
      PUBLIC_URL: backEnds[0]!.origin,
      ALLOWED_ORIGINS: frontEnds.map(({origin}) => origin).join(','),
      COOKIE_SAME_SITE: 'none',
    },
  });
});
afterEach(() => stage.clear());
afterAll(async () => {
  await stage.close();
  await Promise.all([...backEnds, ...frontEnds].map((site) => site.close()));
});

async function talk(people: readonly [Person, Person]): Promise<void> {
  const names = [newName('mina'), newName('joon')] as const;
  await register(people[0], names[0]);
  await register(people[1], names[1]);
  await say(people[0], 'Can you hear me?');
  await message(people[1], 'Can you hear me?', names[0]).waitFor();
  await say(people[1], 'I can');
  await message(people[0], 'I can', names[1]).waitFor();
  expect(new Set(people.map(({node}) => node)).size).toBe(2);
}

test('a front end on another site talks to the cluster over https, and a reload stays signed in', async () => {
  const options = {ignoreHTTPSErrors: true};
  const people = [
    await stage.enter({at: frontEnds[0]!.origin, ...options}),
    await stage.enter({at: frontEnds[1]!.origin, ...options}),
  ] as const;

  await talk(people);
  await people[0].page.reload();
  await message(people[0], 'I can').first().waitFor();

  const cookies = await people[0].page.context().cookies(backEnds[0]!.origin);
  const kept = {sameSite: 'None', secure: true, httpOnly: true};
  expect(cookies.toSorted((one, other) => one.name.localeCompare(other.name))).toMatchObject([
    {name: '__Host-madang', ...kept},
    {name: '__Host-madang-device', ...kept},
  ]);
});
