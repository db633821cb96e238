/** Parses what people type into what the database needs. A fault says what to type instead. */
import type {Database} from '@madang/database/connections/pool';
import {listTenants} from '@madang/database/operator/tenants';
import {resolveUsers} from '@madang/database/users/user-refs';
import {findUserByName, getUser, type StoredUser} from '@madang/database/users/users';
import {ChatError} from '@madang/protocol/errors';
import {parseUserRef} from '@madang/protocol/user-refs';
import {presetNames} from '@madang/protocol/policy-presets';
import {Argument, InvalidArgumentError, Option} from 'commander';
import {z} from 'zod';

export const tenantOption = () => new Option('-t, --tenant <name>', 'the product').default('default');

export const limitOption = () =>
  new Option('--limit <number>', 'the most lines to list').default(100).argParser((text) => {
    if (/^[1-9]\d{0,4}$/.test(text)) return Number(text);
    throw new InvalidArgumentError('It must be a number from 1 to 99999.');
  });

export const onOff = (name: string, what: string) =>
  new Option(`--${name} <on|off>`, what).argParser((text) => {
    if (text === 'on' || text === 'off') return text === 'on';
    throw new InvalidArgumentError('It must be on or off.');
  });

export const presetOption = () => new Option('--preset <name>', 'the policy to copy').choices(presetNames);

/** A host name as in requests, without scheme and port. */
export function hostName(text: string, given: readonly string[] = []): string[] {
  const host = text.toLowerCase();
  if (/^(?=.{1,253}$)[a-z0-9]([a-z0-9_.-]*[a-z0-9])?$/.test(host)) return [...given, host];
  throw new InvalidArgumentError('It must be a host name such as chat.example, without http:// and port.');
}

/** The name of a tenant or service, which can be typed without quotes. */
export function shortName(text: string): string {
  if (/^[a-z0-9][a-z0-9-]{0,31}$/.test(text)) return text;
  throw new InvalidArgumentError('It must have 1 to 32 lower-case letters, digits and hyphens.');
}

export function uuid(text: string): string {
  if (z.uuid().safeParse(text).success) return text.toLowerCase();
  throw new InvalidArgumentError('It must be an id, as the list shows it.');
}

/** A time with its zone, in the format of programs. It is in UTC from here on. */
export function instant(text: string): string {
  if (z.iso.datetime({offset: true}).safeParse(text).success) return new Date(text).toISOString();
  throw new InvalidArgumentError('It must be a time such as 2027-01-01T00:00:00Z.');
}

export async function tenantNamed(db: Database, name: string) {
  const tenant = (await listTenants(db)).find((each) => each.name === name);
  if (!tenant)
    throw new ChatError('not_found', {message: `There is no tenant ${name}; madang tenant list shows all.`});
  return tenant;
}

export const userArgument = () =>
  new Argument('<user>', 'an id, with or without `id:`, a product’s own id, or the name of an account');

/**
 * Finds the user with this id, the user whom the product knows by this id, or the account with this sign-in name. Throws
 * `conflict` if two of these are different users.
 */
export async function userNamed(db: Database, tenantId: string, given: string): Promise<StoredUser> {
  const ref = z.uuid().safeParse(given).success ? {id: given} : parseUserRef(given);
  const [userId] = await resolveUsers(db, tenantId, [ref]);
  const byId = userId === undefined ? undefined : await getUser(db, {tenantId, userId}).catch(unlessMissing);
  const byName = 'id' in ref ? undefined : await findUserByName(db, {tenantId, name: given});
  if (byId && byName && byId.user.id !== byName.user.id) {
    const message = `${given} is the name of one user (id:${byName.user.id}) and the own id of another (id:${byId.user.id}).`;
    throw new ChatError('conflict', {message});
  }
  const user = byId ?? byName;
  if (!user) {
    const message = `There is no user ${given} in this tenant; madang user list --query shows ids.`;
    throw new ChatError('not_found', {message});
  }
  return user;
}

function unlessMissing(error: unknown): undefined {
  if (!(error instanceof ChatError) || error.code !== 'not_found') throw error;
}
