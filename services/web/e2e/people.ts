/** What people do about one another. */
import type {Locator} from 'playwright-core';
import {message} from './conversation.ts';
import type {Person} from './person.ts';

/** The card of somebody. */
export function card({page}: Person, name: string): Locator {
  return page.getByRole('dialog', {name, exact: true});
}

/** Opens somebody's card, from the people beside the conversation. */
export async function openCard(person: Person, name: string): Promise<Locator> {
  // Their role may follow the name.
  const named = new RegExp(`^${name}`);
  await person.page.getByRole('complementary').getByRole('button', {name: named}).click();
  await card(person, name).waitFor();
  return card(person, name);
}

/** Opens the card of a message's sender. */
export async function openCardOf(person: Person, text: string, sender: string): Promise<Locator> {
  await message(person, text).getByRole('button', {name: sender, exact: true}).first().click();
  await card(person, sender).waitFor();
  return card(person, sender);
}

/** Presses a button of somebody's card. */
export async function pressInCard(person: Person, name: string, button: string): Promise<void> {
  await card(person, name).getByRole('button', {name: button, exact: true}).click();
}

/** Where the focus is, by the text of the element. */
export function focused({page}: Person): Promise<string> {
  return page.evaluate(() => document.activeElement?.textContent ?? '');
}
