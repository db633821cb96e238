/** What a service key may do. */
import {z} from 'zod';

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
