import {afterAll, beforeAll, expect, test} from 'vitest';
import {violationsIn} from './axe.ts';
import {comeIn, isIn, newName, signIn} from './entry.ts';
import type {Person} from './person.ts';
import {Stage} from './stage.ts';

let stage: Stage;
beforeAll(async () => {
  stage = await Stage.open();
});
afterAll(() => stage.close());

const devices = ({page}: Person) => page.getByRole('region', {name: 'Devices'});

test('the profile page lists where one is signed in, and a press ends one of them at once', async () => {
  const name = newName('mina');
  const desk = await stage.enter({userAgent: 'Mozilla/5.0 (X11; Linux x86_64) Firefox/145.0'});
  const phone = await stage.enter({
    userAgent:
      'Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 Version/18.1 Safari/604.1',
  });
  await comeIn(desk, name);
  await signIn(phone, name);
  await isIn(phone);

  await desk.goTo('/profile');
  await devices(desk)
    .getByRole('listitem')
    .filter({hasText: 'Firefox · Linux'})
    .getByText('this device')
    .waitFor();
  const end = devices(desk).getByRole('button', {name: 'End the session of Safari · iPhone'});
  await end.waitFor();
  await expect(devices(desk).getByRole('listitem').count()).resolves.toBe(2);
  await expect(violationsIn(desk)).resolves.toEqual([]);
  await end.focus();
  await desk.page.keyboard.press('Enter');

  await end.waitFor({state: 'detached'});
  await phone.page.getByText('You signed out on another device.').waitFor();
  await expect(devices(desk).getByRole('listitem').count()).resolves.toBe(1);
  await desk.page.reload();
  await devices(desk).getByText('this device').waitFor();
});
