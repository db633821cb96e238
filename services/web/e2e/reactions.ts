/** Reacting to messages, as people do it. */
import {waitFor} from '@madang/testkit/wait-for';
import type {Locator} from 'playwright-core';
import {message} from './conversation.ts';
import {callAs} from './entry.ts';
import type {Person} from './person.ts';

/** The emoji under a message, as a screen reader reads it: `👍 2, you and mina`. */
export function chip(person: Person, text: string, label: string | RegExp): Locator {
  return message(person, text).getByRole('group', {name: 'Reactions'}).getByRole('button', {name: label});
}

/** Presses a button of the bar beside a message. */
export async function pressBeside(person: Person, text: string, button: string): Promise<void> {
  const target = message(person, text).first();
  // A line that comes moves the message away from the pointer; a person points again.
  await waitFor(
    async () => {
      await target.hover();
      const pressed = target.getByRole('button', {name: button, exact: true}).first().click({timeout: 3_000});
      return pressed.then(
        () => true,
        () => false,
      );
    },
    {timeoutMs: 20_000, what: `${button} beside ${text}`},
  );
}

/** Reacts without the page. */
export async function reactAtOnce(person: Person, roomId: string, seq: number, emoji: string): Promise<void> {
  await callAs(person, 'PUT', `/rooms/${roomId}/messages/${seq}/reactions`, {emoji, on: true});
}

export async function newestSeq(person: Person, roomId: string): Promise<number> {
  const {messages} = await callAs<{messages: {seq: number}[]}>(
    person,
    'GET',
    `/rooms/${roomId}/messages?limit=1`,
  );
  return messages[0]!.seq;
}
