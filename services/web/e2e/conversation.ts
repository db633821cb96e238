/** What people do and see in a conversation. */
import {randomUUID} from 'node:crypto';
import {waitFor} from '@madang/testkit/wait-for';
import type {Locator} from 'playwright-core';
import {callAs} from './entry.ts';
import type {Person} from './person.ts';

export function composer({page}: Person): Locator {
  return page.getByRole('textbox', {name: 'Message', exact: true});
}

export async function say(person: Person, text: string): Promise<void> {
  await composer(person).fill(text);
  await composer(person).press('Enter');
}

export function conversation({page}: Person): Locator {
  return page.getByRole('log');
}

/** Finds a message by its reading: who sent it, and what. */
export function message(person: Person, text: string, sender = ''): Locator {
  return conversation(person)
    .getByRole('article')
    .filter({hasText: `${sender}: ${text}`});
}

/** Finds a line that nobody sent. */
export function line(person: Person, text: string): Locator {
  return conversation(person).getByText(text, {exact: true});
}

/** Returns the number of people online that is shown above the conversation. */
export async function onlineOf({page}: Person): Promise<number> {
  const header = page.getByRole('main').locator('header').first();
  return Number.parseInt((await header.getByText(/ users? online$/).textContent()) ?? '', 10);
}

/** Selects an entry of a message's menu. */
export async function chooseOfMessage(person: Person, text: string, entry: string): Promise<void> {
  await openMenuOfMessage(person, text);
  await person.page.getByRole('menuitem', {name: entry, exact: true}).click();
}

export async function openMenuOfMessage(person: Person, text: string): Promise<void> {
  const target = message(person, text).first();
  // A line that comes moves the message away from the pointer; a person points again.
  await waitFor(
    async () => {
      await target.hover();
      const opened = target.getByRole('button', {name: 'Message menu'}).click({timeout: 3_000});
      return opened.then(
        () => true,
        () => false,
      );
    },
    {timeoutMs: 20_000, what: `the menu of ${text}`},
  );
}

/** Sends many messages in order, faster than anybody types. */
export async function sayAtOnce(person: Person, roomId: string, texts: string[]): Promise<void> {
  for (const text of texts) {
    await callAs(person, 'POST', `/rooms/${roomId}/messages`, {clientId: randomUUID(), text});
  }
}
