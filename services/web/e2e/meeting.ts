/** Two people of one test file, always on different nodes. They meet in a new room for each test. */
import {randomUUID} from 'node:crypto';
import {conversation, sayAtOnce} from './conversation.ts';
import {callAs, comeIn, newName} from './entry.ts';
import {isInRoom} from './lobby.ts';
import type {Person} from './person.ts';
import type {Stage} from './stage.ts';

export type Two = {mina: Person; joon: Person; minaName: string; joonName: string};

export async function twoAccounts(stage: Stage): Promise<Two> {
  const [mina, joon] = [await stage.enter(), await stage.enter()];
  const [minaName, joonName] = [newName('mina'), newName('joon')];
  await Promise.all([comeIn(mina, minaName), comeIn(joon, joonName)]);
  return {mina, joon, minaName, joonName};
}

/** Both are in a room of Mina's that is kept when empty. She sent the `said` texts before Joon joined. */
export async function meetInRoom(
  {mina, joon}: Two,
  said: string[] = [],
): Promise<{title: string; roomId: string}> {
  const title = newName('Room');
  const wish = {title, ephemeral: false, clientId: randomUUID()};
  const {room} = await callAs<{room: {id: string}}>(mina, 'POST', '/rooms', wish);
  await sayAtOnce(mina, room.id, said);
  await callAs(joon, 'POST', `/rooms/${room.id}/join`, {});
  await Promise.all([mina, joon].map((person) => enterListed(person, title)));
  return {title, roomId: room.id};
}

async function enterListed(person: Person, title: string): Promise<void> {
  await person.page.getByRole('navigation').getByRole('link', {name: title}).click();
  await isInRoom(person, title);
  await conversation(person).waitFor();
}
