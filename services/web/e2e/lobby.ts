/** The live list of public rooms, and the ways to enter them. */
import type {Locator} from 'playwright-core';
import {conversation} from './conversation.ts';
import type {Person} from './person.ts';

export type RoomWish = {title: string; capacity?: number; password?: string; keep?: boolean};

/** Creates a room from the lobby, and enters it. */
export async function createRoom(person: Person, {title, capacity, password, keep}: RoomWish): Promise<void> {
  const {page} = person;
  await openLobby(person);
  await page.getByRole('button', {name: 'Create room'}).click();
  await page.getByLabel('Title').fill(title);
  if (capacity !== undefined) await page.getByLabel('Capacity').fill(String(capacity));
  if (password !== undefined) await page.getByLabel('Password (optional)').fill(password);
  if (keep) await page.getByRole('checkbox', {name: 'Keep when empty'}).check();
  await page.getByRole('button', {name: 'Create', exact: true}).click();
  await isInRoom(person, title);
}

export async function openLobby({page}: Person): Promise<void> {
  await page.getByRole('link', {name: 'Lobby', exact: true}).click();
  await page.getByRole('heading', {name: 'Lobby'}).waitFor();
}

/** A room as the lobby shows it. */
export function lobbyRow({page}: Person, title: string): Locator {
  return page.getByRole('main').getByRole('listitem').filter({hasText: title});
}

export async function isInRoom(person: Person, title: string): Promise<void> {
  await person.page.getByRole('heading', {name: title, level: 1}).waitFor();
  await conversation(person).waitFor();
}

/** Returns the address of the room that the person looks at, as they would share it. */
export function sharedPath({page}: Person): string {
  return new URL(page.url()).pathname;
}
