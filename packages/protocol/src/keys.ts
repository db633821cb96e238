/** Service keys: what each may do, and how a product's server makes, replaces and revokes them. */
import {z} from 'zod';
import {afterPage, id, list, nextPage, object, pageLimit, text, time, wireTime} from './fields.ts';
import {limits} from './limits.ts';

export const scopes = ['admin', 'users', 'rooms', 'read', 'send', 'act', 'import', 'members'] as const;
export type Scope = (typeof scopes)[number];

export const scope = z
  .enum(scopes)
  .describe(
    'What a key may do: `admin` keys and settings; `users` users and tickets; `rooms` any room; `read` rooms and messages; ' +
      '`send` take part as a member; `act` call as a user; `import` old messages; `members` add and remove members.',
  );

/** Of a key for which none were named, and of the keys made before there were scopes. */
export const defaultScopes = ['users', 'members', 'send'] as const satisfies readonly Scope[];

export const key = z
  .object({
    id: z.uuid().describe('Id of the key, which is no secret.'),
    service: z
      .string()
      .describe('Name of the service that the key stands for. A service may have several keys.'),
    userId: z.uuid().describe('Id of the user that the service acts as.'),
    hint: z.string().describe('The first characters of the secret, by which people tell keys apart.'),
    scopes: z.array(scope).describe('What the key may do.'),
    createdAt: wireTime('When the key was made.'),
    expiresAt: wireTime('When it expires. Missing where it does not.').optional(),
    lastUsedAt: wireTime('When it was used last, within a minute. Missing where it never was.').optional(),
    revokedAt: wireTime('When it was revoked. Missing where it was not.').optional(),
  })
  .describe('A service key, without its secret.');
export type Key = z.infer<typeof key>;

const keyId = id.describe('Id of the key.');

export const listKeysInput = object({after: afterPage, limit: pageLimit});
export const listKeysResult = z.object({
  keys: z.array(key).describe('The newest first; revoked and expired ones, too.'),
  next: nextPage,
});
export const keyIdInput = object({id: keyId});
export const keyResult = z.object({key: key.describe('The key as stored now.')}).describe('One key.');
export const createKeyInput = object({
  service: text(1, limits.serviceNameChars)
    .regex(
      /^[a-z0-9][a-z0-9-]*$/,
      'may have lower-case letters, digits and hyphens, and begins with no hyphen',
    )
    .describe('Name of the service that the key stands for; it is made where there is none.'),
  scopes: list(scope, 1, scopes.length).describe(
    'What the key may do: nothing that the calling key may not.',
  ),
  expiresAt: time.describe('When the key expires, RFC 3339, in the future. Never unless given.').optional(),
  replaces: keyId
    .describe('Id of a key of the same service that expires when the overlap is over. Its sessions go on.')
    .optional(),
  overlapSeconds: z
    .int()
    .min(0)
    .max(limits.keyOverlapSeconds)
    .describe('How long the replaced key is still good, in seconds: 0 to 30 days; 0 unless given.')
    .optional(),
}).refine(({replaces, overlapSeconds}) => replaces !== undefined || overlapSeconds === undefined, {
  path: ['overlapSeconds'],
  message: 'goes with replaces',
});
export const createKeyResult = z.object({
  key: key.describe('The new key.'),
  secret: z.string().describe('What the server presents, `mdk_…`. It is shown this once.'),
});
export const revokeKeyInput = object({
  id: keyId,
  sessions: z
    .boolean()
    .describe('With false, the sessions that tickets of the key began go on; otherwise they end.')
    .optional(),
});

export type ListKeysInput = z.output<typeof listKeysInput>;
export type ListKeysResult = z.infer<typeof listKeysResult>;
export type KeyIdInput = z.output<typeof keyIdInput>;
export type KeyResult = z.infer<typeof keyResult>;
export type CreateKeyInput = z.output<typeof createKeyInput>;
export type CreateKeyResult = z.infer<typeof createKeyResult>;
export type RevokeKeyInput = z.output<typeof revokeKeyInput>;
