import {afterAll, beforeAll, expect, test} from 'vitest';
import {violationsIn} from './axe.ts';
import {beyondEdges} from './edges.ts';
import type {Person} from './person.ts';
import {Stage} from './stage.ts';

let stage: Stage;
let reader: Person;
beforeAll(async () => {
  stage = await Stage.open();
  reader = await stage.enter();
  await reader.goTo('/api/v1/docs');
});
afterAll(() => stage.close());

test('the reference of the wire keeps within every screen, from 320 pixels on', async () => {
  for (const summary of await reader.page.locator('summary').all()) await summary.click();

  expect(await beyondEdges(reader)).toEqual([]);
});

test('nobody is kept out of it, in light and in dark', async () => {
  await expect(violationsIn(reader)).resolves.toEqual([]);
});

test('its style is its own, and follows the colours of the system', async () => {
  const paper = async (colorScheme: 'light' | 'dark') => {
    await reader.page.emulateMedia({colorScheme});
    return reader.page.evaluate(() => getComputedStyle(document.body).backgroundColor);
  };

  expect([await paper('light'), await paper('dark')]).toEqual(['rgb(255, 255, 255)', 'rgb(22, 25, 28)']);
});

test('the first key leads past the contents', async () => {
  await reader.goTo('/api/v1/docs');
  await reader.page.keyboard.press('Tab');
  await reader.page.keyboard.press('Enter');

  expect(await reader.page.evaluate(() => document.activeElement?.id)).toBe('main');
});
