import {afterAll, beforeAll, expect, test} from 'vitest';
import {Stage} from './stage.ts';

let stage: Stage;
beforeAll(async () => {
  stage = await Stage.open();
});
afterAll(() => stage.close());

test('two people come to different nodes, each with a session of their own', async () => {
  const people = [await stage.enter(), await stage.enter()];

  const ids = await Promise.all(
    people.map(async ({page}) => {
      await page.goto('/livez');
      const answer = await page.request.post('/api/v1/auth/guest', {
        data: {},
        headers: {origin: new URL(page.url()).origin},
      });
      return ((await answer.json()) as {user: {id: string}}).user.id;
    }),
  );

  expect(new Set(people.map(({url}) => url)).size).toBe(2);
  expect(new Set(ids).size).toBe(2);
});
