import {z} from 'zod';
import {emoji} from './emoji.ts';
import {
  afterPage,
  color,
  displayName,
  givenPassword,
  givenUsername,
  id,
  list,
  name,
  newPassword,
  nextPage,
  object,
  opaque,
  productName,
  text,
  time,
  username,
  wireTime,
} from './fields.ts';
import {limits} from './limits.ts';
import {productData, storedData} from './product-data.ts';
import {externalId, userRef} from './user-refs.ts';

const shownNameRule = `1 to ${limits.displayNameChars} characters, composed (NFC) and trimmed; nothing invisible.`;

export const userKind = z
  .enum(['account', 'guest', 'service'])
  .describe(
    'What a user is: `account` signs in with a password, a provider, a ticket or a JWT; `guest` has a session and ' +
      'nothing else; `service` is the server of a product.',
  );

/** As `#rrggbb`, which is what people choose, too. */
const shownColor = z
  .string()
  .describe('The colour of the user, as `#` and six hexadecimal digits in lower case.');

export const directs = z
  .enum(['everyone', 'request', 'nobody'])
  .describe(
    'Direct rooms that strangers open: `everyone` takes them, `request` lets them wait without notices, `nobody` refuses them. ' +
      'Strangers share no room with the user but default rooms.',
  );

export const user = z
  .object({
    id: z.uuid().describe('Id of the user, the same for life.'),
    kind: userKind.describe('What the user is.'),
    name: z
      .string()
      .describe(
        'What the user signs in with, or the name that a guest chose, a product gave or an operator gave a service. ' +
          'Unique in the tenant, except that guests and users of a product may share names. For a deleted user: `deleted`.',
      ),
    displayName: z
      .string()
      .describe('What people see instead of `name`. Missing where none is set.')
      .optional(),
    color: shownColor,
    avatarId: z
      .uuid()
      .describe('Id of the image that stands for the user: `GET /files/{fileId}`. Missing without one.')
      .optional(),
    status: z
      .object({
        text: z.string().describe('What the user says. May be empty where there is an emoji.'),
        emoji: z.string().describe('An emoji for it.').optional(),
        until: wireTime('When it ends. Missing where it stays.').optional(),
      })
      .describe(
        'What the user is doing. Missing without one, and once it has ended. Lists of users and members have it, `user:get`, ' +
          'presence, and what services and the user get.',
      )
      .optional(),
    away: z
      .boolean()
      .describe(
        'True: the user is connected, but away by all connections. Otherwise missing. It is there where `status` and `online` are.',
      )
      .optional(),
    dndUntil: wireTime(
      'Until when the user does not want to be disturbed. Otherwise missing, and where `status` is not.',
    ).optional(),
    directs: directs
      .describe(
        'How the user takes direct rooms that strangers open. Only services and the user get it. Missing until the user has chosen: ' +
          'then it is `request` for guests and `everyone` for others.',
      )
      .optional(),
    online: z
      .boolean()
      .describe(
        'Whether a connection of the user is open now, on any node. Only `user:list`, `user:get` and `presence:watch` fill it in.',
      )
      .optional(),
    externalId: z
      .string()
      .describe("The product's own id of the user. Only services and the user get it. Missing without one.")
      .optional(),
    data: storedData
      .describe(
        "The product's own JSON object about the user: show texts in it as text, never as HTML. Only lists of users and " +
          'members have it, and what services and the user get. Missing where none was given.',
      )
      .optional(),
    createdAt: wireTime('When the user was made. Only services and the user get it.').optional(),
    seenAt: wireTime(
      'When the user was last connected, exact to a day. Only services and the user get it. Missing before the first time.',
    ).optional(),
    disabled: z
      .boolean()
      .describe('True: the user is shut out until enabled again. Only services get it. Otherwise missing.')
      .optional(),
  })
  .describe('What everybody in the tenant may know of somebody.');
export type User = z.infer<typeof user>;

export const userResult = z.object({user: user.describe('The user as stored now.')}).describe('One user.');
export type UserResult = z.infer<typeof userResult>;

export const registerInput = object({
  username,
  password: newPassword,
  displayName: displayName.describe(`What people see instead of the username. ${shownNameRule}`).optional(),
  keep: z
    .boolean()
    .describe(
      'With true, the calling guest becomes the account: their messages, rooms and settings stay. Their session ends, and another begins.',
    )
    .optional(),
});
export const loginInput = object({
  username: givenUsername.describe('The name of the account. Case and normal form do not matter.'),
  password: givenPassword.describe('The password of the account.'),
});
export const guestInput = object({
  displayName: displayName
    .describe(`The name of the guest; \`guest-\` and four characters unless given. ${shownNameRule}`)
    .optional(),
});
export const logoutInput = object({
  everywhere: z
    .boolean()
    .describe('With true, all sessions of the user end, on all devices; otherwise the calling one.')
    .optional(),
});
export const listedSession = z
  .object({
    id: z.string().describe('Id of the session, which signs nobody in.'),
    createdAt: wireTime('When the user signed in.'),
    seenAt: wireTime('When the session was last used, exact to ten minutes.'),
    address: z.string().describe('The address from which the user signed in, if it is known.').optional(),
    agent: z
      .string()
      .describe('The `User-Agent` with which the user signed in, if there was one.')
      .optional(),
    current: z.boolean().describe('Whether it is the session of this call.'),
  })
  .describe('One sign-in of the user.');
export type ListedSession = z.infer<typeof listedSession>;
export const listSessionsResult = z.object({
  sessions: z
    .array(listedSession)
    .describe('The sessions that are valid now, newest first: at most 100. JWTs and service keys are none.'),
});
export const endSessionInput = object({id: text(1, 100).describe('Id of the session.')});
const givenStatus = object({
  text: name(0, limits.statusChars).describe(
    `What the user says, up to ${limits.statusChars} characters; nothing invisible. May be empty where there is an emoji.`,
  ),
  emoji: emoji.describe('One emoji, in its fully-qualified form.').optional(),
  until: time
    .describe('When it ends: RFC 3339 with seconds, and `Z` or an offset. It stays unless given.')
    .optional(),
}).refine((status) => status.text !== '' || status.emoji !== undefined, 'has neither a text nor an emoji');
export const updateUserInput = object({
  displayName: displayName.describe(`What people see from now on. ${shownNameRule}`).optional(),
  color: color.optional(),
  avatarId: id
    .describe(
      'Id of an image that the caller uploaded and has not sent. From now on everybody in the tenant may see it.',
    )
    .optional(),
  password: object({
    current: givenPassword.describe('The password that the account has now.'),
    next: newPassword,
  })
    .describe('Changes the password of an account. All other sessions of the user end.')
    .optional(),
  status: givenStatus
    .nullable()
    .describe('What the user is doing, in place of what was said before. null: nothing any more.')
    .optional(),
  dndUntil: time
    .nullable()
    .describe(
      'Until when the user does not want to be disturbed: RFC 3339 with seconds, and `Z` or an offset. null: from now on ' +
        'as usual.',
    )
    .optional(),
  directs: directs.optional(),
});
export const blockUserInput = object({
  userId: id.describe('Id of the other user.'),
  on: z
    .boolean()
    .describe(
      'True: the other may not write in the direct room with the caller, and makes no notices. False takes it back. A repeat ' +
        'changes nothing.',
    ),
});
export const deleteUserInput = object({
  password: givenPassword
    .describe('The password of the account. Needed where it has one; guests have none.')
    .optional(),
});
const userData = productData(limits.dataBytes).describe(
  `Any JSON object of at most ${limits.dataBytes} bytes as JSON, which people can read. It takes the place of the one that is ` +
    'stored, as a whole; what is stored stays where this is left out.',
);
/** A product's own id of its user, and how the user is shown. What is left out stays as it is. */
export const putUserInput = object({
  user: externalId.describe(
    "The product's own id of the user, 1 to 128 characters, percent-encoded in the path. `.` and `..` are refused, and so " +
      'is `id:` with a UUID.',
  ),
  name: productName.describe('What the product calls the user. Need not be unique.'),
  displayName: productName
    .describe('What people see instead of `name`. What is stored stays where this is left out.')
    .optional(),
  color: color.optional(),
  data: userData.optional(),
});
export const putUsersInput = object({
  users: list(
    object({
      externalId: externalId.describe(
        "The product's own id of the user, 1 to 128 characters, not `id:` with a UUID.",
      ),
      name: productName.describe('What the product calls the user. Need not be unique.'),
      displayName: productName
        .describe('What people see instead of `name`. What is stored stays where this is left out.')
        .optional(),
      color: color.optional(),
      data: userData.optional(),
    }),
    1,
    limits.usersPerPut,
  )
    .refine(
      (users) => new Set(users.map(({externalId: each}) => each)).size === users.length,
      'Two of them have the same externalId.',
    )
    .describe(
      `From 1 to ${limits.usersPerPut} users, no two with the same \`externalId\`. All are stored, or none.`,
    ),
});
export const putUsersResult = z.object({
  results: z
    .array(z.object({user: user.describe('The user as stored now.')}))
    .describe('`results[i]` has the user of `users[i]`.'),
});
const erasedMessages = z
  .enum(['erase', 'keep'])
  .describe(
    '`erase`: texts and images of the user are erased. `keep`: they stay, and their sender is called `deleted`. `erase` unless given.',
  );
export const deleteUserRefInput = object({user: userRef, messages: erasedMessages.default('erase')});
export const deleteUserRefResult = z.object({
  userId: z.uuid().describe('Id that Madang gave to the user who is being erased.'),
  messages: z.enum(['erase', 'keep']).describe('What becomes of the messages.'),
});
export const userExportResult = z.unknown().meta({
  description:
    'Lines of NDJSON, each a JSON object with a `type`: `user`, `identity`, `membership`, `message`, `file`, `block`, `invite`, `report`, `notification`, and ' +
    'at last `end` with `lines`, how many there were before it. An export without that broke off. Messages of a room come in ' +
    'the order of their `clientId`.',
});
export const userRefInput = object({user: userRef}).describe('Names one user.');
export const createTicketInput = object({
  userId: id.describe('Id of the account to sign in; no guest, no service, not disabled.'),
});
export const ticketResult = z.object({
  ticket: z.string().describe('Signs the account in once, within 60 seconds, by `POST /auth/ticket`.'),
});
/** With `token` the answer has a session token, for apps without cookies, and sets no cookie. */
export const redeemTicketInput = object({
  ticket: opaque.describe('A ticket of `POST /auth/tickets`. The first try uses it up.'),
  token: z
    .boolean()
    .describe('With true, the answer has a session token and sets no cookie: for apps without cookies.')
    .optional(),
});
export const redeemTicketResult = z.object({
  user: user.describe('Who is signed in now.'),
  token: z
    .string()
    .describe(
      'The session token `mds_…`, where one was asked for: `Authorization: Bearer` over HTTP, `auth: {token}` at the handshake.',
    )
    .optional(),
});
export const listUsersInput = object({
  online: z
    .boolean()
    .describe(
      'With true, only who has a connection now; with false, only who has none. Everybody unless given.',
    )
    .optional(),
  query: text(1, limits.displayNameChars)
    .describe(
      'Looked for anywhere in name and display name; case, width and accents do not matter. At least two letters, or ' +
        'one character of a script such as Hangul or Han, or one emoji.',
    )
    .optional(),
  ids: list(id, 1, limits.usersByIds)
    .describe(
      `Only these users, 1 to ${limits.usersByIds} ids. Where there is no user directory, those that the caller shares a room ` +
        'with, other than a default room. In a query, repeat the field.',
    )
    .optional(),
  externalIds: list(externalId, 1, limits.usersByIds)
    .describe(
      `Only the users whom the product knows by these ids of its own, 1 to ${limits.usersByIds}; with \`ids\`, those of either. Services only.`,
    )
    .optional(),
  disabled: z
    .boolean()
    .describe(
      'With true, only who is disabled; with false, only who is not. Everybody unless given. Services only.',
    )
    .optional(),
  after: afterPage,
  limit: z
    .int()
    .min(1)
    .max(limits.pageItems)
    .describe(
      `The most items that the answer may have, 1 to ${limits.pageItems}; unless given ${limits.defaultPageItems}, and with ids ` +
        `${limits.pageItems}.`,
    )
    .optional(),
});
export const getUsersInput = object({
  userIds: list(id, 1, limits.usersPerGet).describe(
    `Whom to look up: 1 to ${limits.usersPerGet} ids. Those who do not exist, or whom the caller may not know, are left out.`,
  ),
});
export const getUsersResult = z.object({
  users: z.array(user).describe('Those of the users whom the caller may know, by name, each with `online`.'),
});
export const providersResult = z.object({
  providers: z
    .array(z.string())
    .describe(
      'Names of the providers to sign in with. A page sends the browser to `/auth/<name>?returnTo=/path`.',
    ),
});
export type ProvidersResult = z.infer<typeof providersResult>;
export const listUsersResult = z.object({
  users: z
    .array(user)
    .describe(
      'Users by name, each with `online`. With the filter `online` the order holds within a page, which may be short or empty and still have a `next`.',
    ),
  next: nextPage,
});

export const refreshSessionInput = object({
  token: text(1, limits.jwtChars).describe('A JWT of the same user, which ends later than the one before.'),
});
export const refreshSessionResult = z.object({
  expiresAt: wireTime('When the connection ends, unless it is refreshed again.'),
});

export type RefreshSessionInput = z.output<typeof refreshSessionInput>;
export type RefreshSessionResult = z.infer<typeof refreshSessionResult>;
export type RegisterInput = z.output<typeof registerInput>;
export type LoginInput = z.output<typeof loginInput>;
export type GuestInput = z.output<typeof guestInput>;
export type LogoutInput = z.output<typeof logoutInput>;
export type ListSessionsResult = z.infer<typeof listSessionsResult>;
export type EndSessionInput = z.output<typeof endSessionInput>;
export type UpdateUserInput = z.output<typeof updateUserInput>;
export type BlockUserInput = z.output<typeof blockUserInput>;
export type DeleteUserInput = z.output<typeof deleteUserInput>;
export type PutUserInput = z.output<typeof putUserInput>;
export type PutUsersInput = z.output<typeof putUsersInput>;
export type PutUsersResult = z.infer<typeof putUsersResult>;
export type DeleteUserRefInput = z.output<typeof deleteUserRefInput>;
export type DeleteUserRefResult = z.infer<typeof deleteUserRefResult>;
export type UserRefInput = z.output<typeof userRefInput>;
export type CreateTicketInput = z.output<typeof createTicketInput>;
export type TicketResult = z.infer<typeof ticketResult>;
export type RedeemTicketInput = z.output<typeof redeemTicketInput>;
export type RedeemTicketResult = z.infer<typeof redeemTicketResult>;
export type GetUsersInput = z.output<typeof getUsersInput>;
export type GetUsersResult = z.infer<typeof getUsersResult>;
export type ListUsersInput = z.output<typeof listUsersInput>;
export type ListUsersResult = z.infer<typeof listUsersResult>;
