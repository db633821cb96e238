/** What people do with rooms they look after, and with one another. */
import {waitFor} from '@madang/testkit/wait-for';
import type {Page} from 'playwright-core';
import type {Person} from './person.ts';
import {isInRoom} from './lobby.ts';

export async function createGroup(person: Person, title: string): Promise<void> {
  await person.page.getByRole('button', {name: 'Create group'}).click();
  await person.page.getByLabel('Title').fill(title);
  await person.page.getByRole('button', {name: 'Create', exact: true}).click();
  await isInRoom(person, title);
}

/** Chooses from the menu of the room that the person is in. */
export async function chooseOfRoom({page}: Person, entry: string): Promise<void> {
  await page.getByRole('button', {name: 'Room menu'}).click();
  await page.getByRole('menuitem', {name: entry}).click();
}

const isAsked = ['Hand the room over', 'Remove from the room', 'Ban from the room'];

/** Chooses from the menu of somebody in the room, as those do who look after it, and confirms what is asked about. */
export async function chooseOfMember({page}: Person, name: string, entry: string): Promise<void> {
  // The menu closes when its row moves, which a member's coming and going does; a person opens it again.
  await waitFor(
    async () => {
      await page.getByRole('button', {name: `Menu for ${name}`}).click();
      const chosen = page.getByRole('menuitem', {name: entry}).click({timeout: 3_000});
      return chosen.then(
        () => true,
        () => false,
      );
    },
    {timeoutMs: 20_000, what: `${entry} to be chosen for ${name}`},
  );
  if (isAsked.includes(entry)) await confirm(page, entry);
}

/** Presses the button of the dialog that asks whether one means it. */
export async function confirm(page: Page, action: string): Promise<void> {
  await page.getByRole('dialog').getByRole('button', {name: action, exact: true}).click();
}

/** A room, group or whisper in the list on the left. */
export function listed({page}: Person, section: 'Rooms' | 'Groups' | 'Whispers', title: string) {
  return page.getByRole('region', {name: section, exact: true}).getByRole('link').filter({hasText: title});
}
