/** How a product's server names a user: by the product's own id, or by `id:` and Madang's. The one parser of both. */
import {z} from 'zod';
import {text, uuidChars} from './fields.ts';
import {limits} from './limits.ts';

export type UserRef = {externalId: string} | {id: string};

const prefix = 'id:';

/** Reads a name of a user. What follows `id:` is an id of Madang's where it is a UUID; otherwise it is all the product's own. */
export function parseUserRef(given: string): UserRef {
  const id = given.startsWith(prefix) ? given.slice(prefix.length).toLowerCase() : undefined;
  return id?.length === uuidChars && z.uuid().safeParse(id).success ? {id} : {externalId: given};
}

/** The name that was read. */
export function nameOfRef(ref: UserRef): string {
  return 'id' in ref ? prefix + ref.id : ref.externalId;
}

/**
 * A product's own id. None reads as an id of Madang's, so that no user can be named by another one's id, and none is a dot
 * segment, which no path can carry.
 */
export const externalId = text(1, limits.externalIdChars)
  .refine(
    (given) => !('id' in parseUserRef(given)),
    'begins with id: and has a UUID, which names a user by the id that Madang gave it',
  )
  .refine((given) => given !== '.' && given !== '..', 'is a dot segment of a path');

/** The field `user` of an input. */
export const userRef = text(1, limits.externalIdChars)
  .transform(parseUserRef)
  .describe("The user: the product's own id, or `id:` and the id that Madang gave.");
