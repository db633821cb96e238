import {randomBytes, randomUUID, scrypt, timingSafeEqual} from 'node:crypto';
import {promisify} from 'node:util';
import type {Database} from './database.ts';
import type {Server as Chat} from '@madang/server';
import {Refusal} from './refusal.ts';

export type Role = 'customer' | 'shop';
export type Person = {id: string; role: Role; name: string; chatUserId: string};

const derive = promisify<string, Buffer, number, Buffer>(scrypt);

const columns = 'id, role, name, chat_user_id as "chatUserId"';
const insertPerson = {
  name: 'desk_insert_person',
  text: `
    insert into people (id, role, name, password_hash) values ($1, $2, $3, $4)
    on conflict (role, name) do nothing`,
};
const findByName = {
  name: 'desk_find_by_name',
  text: `select ${columns}, password_hash as "passwordHash" from people where role = $1 and name = $2`,
};
const setChatUser = {
  name: 'desk_set_chat_user',
  text: 'update people set chat_user_id = $2 where id = $1',
};
const findById = {
  name: 'desk_find_by_id',
  text: `select ${columns} from people where id = $1 and chat_user_id is not null`,
};
const listByRole = {
  name: 'desk_list_shops',
  text: `select id, name from people where role = 'shop' and chat_user_id is not null order by name limit 200`,
};

/** Signs a person in, and creates them the first time. The cluster knows them by the desk's own id. */
export async function enter(
  db: Database,
  chat: Chat,
  {role, name, password}: {role: Role; name: string; password: string},
): Promise<Person> {
  await db.query(insertPerson, [randomUUID(), role, name, await hash(password)]);
  const [found] = await db.query<Person & {passwordHash: string}>(findByName, [role, name]);
  const {passwordHash, ...person} = found!;
  if (!(await isRight(password, passwordHash))) throw new Refusal(403, 'wrong_password');
  // On each sign-in, because the next one repairs what an earlier one could not complete.
  const {id: chatUserId} = await chat.putUser(person.id, {name});
  await db.query(setChatUser, [person.id, chatUserId]);
  return {...person, chatUserId};
}

export async function findPerson(db: Database, id: string): Promise<Person | undefined> {
  const [person] = await db.query<Person>(findById, [id]);
  return person;
}

export function listShops(db: Database): Promise<{id: string; name: string}[]> {
  return db.query(listByRole);
}

async function hash(password: string, salt = randomBytes(16)): Promise<string> {
  return `${salt.toString('base64url')}.${(await derive(password, salt, 32)).toString('base64url')}`;
}

async function isRight(password: string, kept: string): Promise<boolean> {
  const [salt = ''] = kept.split('.');
  const given = await hash(password, Buffer.from(salt, 'base64url'));
  return timingSafeEqual(Buffer.from(given), Buffer.from(kept));
}
