/** How people enter and leave. */
import {randomUUID} from 'node:crypto';
import {setTimeout as delay} from 'node:timers/promises';
import type {Person} from './person.ts';

export const PASSWORD = 'correct horse battery';

/** Returns an unused name that begins with the given one. */
export function newName(first: string): string {
  return `${first}-${randomUUID().slice(0, 6)}`;
}

export async function register(person: Person, name: string): Promise<void> {
  await person.goTo('/register');
  await fillIn(person, name, PASSWORD);
  await person.page.getByRole('button', {name: 'Create account'}).click();
  await isIn(person);
}

export async function signIn(person: Person, name: string, password = PASSWORD): Promise<void> {
  await person.goTo('/sign-in');
  await fillIn(person, name, password);
  await person.page.getByRole('button', {name: 'Sign in', exact: true}).click();
}

export async function enterAsGuest(person: Person, path = '/'): Promise<void> {
  await person.goTo(path);
  await person.page.getByRole('button', {name: 'Enter as a guest'}).click();
  await isIn(person);
}

/**
 * Brings the tab to the front, because a browser hardly draws background tabs, and a menu opens and closes as it is drawn.
 */
export async function signOut(person: Person): Promise<void> {
  await person.page.bringToFront();
  await person.page.getByRole('button', {name: /^Your account/}).click();
  await person.page.getByRole('menuitem', {name: 'Sign out'}).click();
  await person.page.getByRole('heading', {name: 'Come in.'}).waitFor();
}

export async function fillIn({page}: Person, name: string, password: string): Promise<void> {
  await page.getByLabel('Name', {exact: true}).fill(name);
  await page.getByLabel('Password', {exact: true}).fill(password);
}

/** Enters with a new account without the form, in any language. */
export async function comeIn(person: Person, name: string, path = '/'): Promise<void> {
  await callAs(person, 'POST', '/auth/register', {username: name, password: PASSWORD});
  await person.goTo(path);
  await isIn(person);
}

/** How long a busy machine is asked again. */
const patienceMs = 10_000;

/** Makes one call of the HTTP API with the cookies of the person's browser. Retries while a busy machine refuses it. */
export async function callAs<Body>(
  {page, url}: Person,
  method: string,
  path: string,
  data?: object,
): Promise<Body> {
  const options = {method, headers: {origin: url}, ...(data && {data})};
  const lastAt = performance.now() + patienceMs;
  for (;;) {
    const answer = await page.request.fetch(`${url}/api/v1${path}`, options);
    if (answer.ok()) return (await answer.json()) as Body;
    if (answer.status() !== 503 || performance.now() > lastAt)
      throw new Error(`${method} ${path} answered ${answer.status()} ${await answer.text()}`);
    await delay(1_000);
  }
}

/** Waits until the person has entered. */
export async function isIn({page}: Person): Promise<void> {
  await page.getByRole('navigation').first().waitFor();
}
