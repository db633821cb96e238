/** What people do in threads. */
import type {Locator} from 'playwright-core';
import type {Person} from './person.ts';

/** The thread beside the room. */
export function panel({page}: Person): Locator {
  return page.getByRole('complementary', {name: 'Thread', exact: true});
}

/** A message in the open thread. */
export function inThread(person: Person, text: string): Locator {
  return panel(person).getByRole('article').filter({hasText: text});
}

export async function reply(person: Person, text: string): Promise<void> {
  const field = panel(person).getByRole('textbox', {name: 'Reply in thread'});
  await field.fill(text);
  await field.press('Enter');
}
