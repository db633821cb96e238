/**
 * The policy of a tenant: what its people may do, and by which rules its rooms live. One document, which is replaced as a
 * whole and never merged with a later release's: what it leaves out has the rule that every tenant had before policies.
 */
import {z} from 'zod';
import {list, name, object, text} from './fields.ts';
import {limits} from './limits.ts';
import {isOriginEntry, originRule} from './origins.ts';
import {signInRules} from './policy-sign-in.ts';

/** What may be granted in a room; `create` and `join` to who is not in it yet. */
export const grants = [
  'create',
  'join',
  'add',
  'members',
  'history',
  'send',
  'attach',
  'data',
  'edit',
  'delete',
  'moderate',
  'manage',
] as const;
export const grant = z.enum(grants).describe('One thing that may be done in a room.');
export type Grant = z.infer<typeof grant>;

/** What a policy lets a user do outside of the rooms that the user is in. */
export const rights = ['createPublic', 'createPrivate', 'direct', 'directory', 'rename'] as const;
export const right = z
  .enum(rights)
  .describe(
    '`createPublic` and `createPrivate`: create a room of the type `room` that is public or private. `direct`: open a direct ' +
      'room. `directory`: look others up. `rename`: change the name by which one is shown.',
  );
export type Right = z.infer<typeof right>;

/** Each includes those behind it. */
export const holders = ['anyone', 'member', 'moderator', 'owner', 'service'] as const;
export type Holder = (typeof holders)[number];

/** For what is done by who is no member, and so has no role in the room. */
const entering = z.enum(['anyone', 'service']);
const within = z.enum(['member', 'moderator', 'owner', 'service']);

const roomGrants = object({
  create: entering.default('anyone').describe('Who may create rooms of the type.'),
  join: entering.default('anyone').describe('Who may join public rooms of the type.'),
  add: within.default('moderator').describe('Who may add members.'),
  members: within.default('member').describe('Who may list the members.'),
  history: within
    .default('member')
    .describe(
      'Who may read what was said before they joined; everybody else reads from `joinedAt` on, the last one where they joined again.',
    ),
  send: within.default('member').describe('Who may send messages.'),
  attach: within.default('member').describe('Who may send files.'),
  data: within.default('member').describe('Who may give messages `data`.'),
  edit: within.default('member').describe('Who may edit their own messages.'),
  delete: within.default('member').describe('Who may delete their own messages.'),
  moderate: within
    .default('moderator')
    .describe('Who may delete messages of others, and remove, mute and ban members.'),
  manage: within.default('owner').describe('Who may change and close the room.'),
});

const days = z.int().min(0).max(36_500).nullable();

export const roomType = object({
  visibility: z
    .enum(['public', 'private', 'either'])
    .default('either')
    .describe('What its rooms may be: `either` leaves it to the creator, and is `public` unless given.'),
  guests: z
    .enum(['none', 'join', 'create'])
    .default('create')
    .describe(
      'What guests may do: nothing, everything but creating such rooms, or everything that accounts may.',
    ),
  oversight: z
    .boolean()
    .default(false)
    .describe(
      'Whether the product may read along in rooms of the type; a room keeps what holds when it is made.',
    ),
  keepDays: days.default(null).describe('For how many days messages are kept; null: permanently.'),
  closedDays: days
    .default(0)
    .describe('For how many days a closed room can still be read; null: always; 0: not at all.'),
  editMinutes: z
    .int()
    .min(0)
    .max(525_600)
    .nullable()
    .default(null)
    .describe('For how many minutes a message may be edited; null: always.'),
  push: z
    .boolean()
    .default(false)
    .describe('Whether the product receives `message.unseen` for members who have not read a message.'),
  grants: roomGrants.prefault({}).describe('Who may do what.'),
}).describe('Rules that a room is made with.');
export type RoomType = z.output<typeof roomType>;

/** Two users without an owner: nobody manages, joins or adds. */
const directType = roomType.refine(({visibility}) => visibility !== 'public', {
  path: ['visibility'],
  error: 'a direct room is never public',
});

const typeName = text(1, 32).regex(/^[a-z][a-z0-9_-]*$/, 'may have a-z, 0-9, - and _, a letter first');
const mostTypes = 50;

const types = z
  .object({room: roomType, direct: directType})
  .catchall(roomType)
  .superRefine((given, {addIssue}) => {
    const names = Object.keys(given);
    if (names.length > mostTypes) addIssue({code: 'custom', message: `has more than ${mostTypes} types`});
    for (const each of names) {
      const {error} = typeName.safeParse(each);
      if (error) addIssue({code: 'custom', path: [each], message: error.issues[0]!.message});
    }
  });

const everybodyOrService = z.enum(['anyone', 'service']).default('anyone');

const people = object({
  directory: z.boolean().default(true).describe('Whether people may look each other up.'),
  rename: everybodyOrService.describe('Who may change the names by which people are shown.'),
  direct: everybodyOrService.describe('Who may open direct rooms.'),
  reserved: list(name(1, limits.productNameChars), 0, 100)
    .default([])
    .describe('Names that nobody may take, nor what looks the same; a service may give them.'),
});

const rate = z.int().min(1).max(1_000_000).optional();

const ceilings = object({
  key: object({
    calls: rate.describe('Calls a second.'),
    sends: rate.describe('Messages a second.'),
  })
    .prefault({})
    .describe('For each key of a service. No bound where one is missing.'),
  tenant: object({
    calls: rate.describe('Calls a second.'),
    sends: rate.describe('Messages a second.'),
    connections: rate.describe('Connections at once, on all nodes together.'),
    deliveries: rate.describe('Messages written to connections a second; after more of them sends wait.'),
  })
    .prefault({})
    .describe('For the tenant as a whole. No bound where one is missing.'),
});

const count = z.int().min(0).max(Number.MAX_SAFE_INTEGER).optional();

export const quotas = object({
  users: count.describe('Accounts and guests.'),
  rooms: count.describe('Open rooms.'),
  bytes: count.describe('Bytes of files.'),
  messages: count.describe('Messages a day, in UTC; counted each minute, so that some more may pass.'),
});

const origin = text(1, 300).refine(isOriginEntry, originRule);

/** How many items are the same as an earlier one is no rule that could hold twice. */
const distinct = (items: readonly string[]) => new Set(items).size === items.length;

export const policy = object({
  name: name(1, limits.titleChars).describe('What the product is called.').optional(),
  origins: list(origin, 0, 100)
    .default([])
    .describe(
      'Origins whose pages may call, besides those that the operator allows; `https://*.shop.example` stands for all subdomains.',
    ),
  defaultRooms: list(name(1, limits.titleChars), 0, 20)
    .default([])
    .refine(distinct, 'names a room twice')
    .describe('Public rooms that every new account is in. A name that is new makes a room of that title.'),
  eventDays: z
    .int()
    .min(0)
    .max(30)
    .default(0)
    .describe('For how many days events are kept; 0: there are none.'),
  signIn: signInRules.prefault({}).describe('How people come in.'),
  people: people.prefault({}).describe('What people may do to and know of each other.'),
  types: types.describe('The types of rooms, by name. `room` and `direct` always exist.'),
  limits: ceilings.prefault({}).describe('How fast. Only operators change it.'),
  quotas: quotas.prefault({}).describe('How much. Only operators change it. No bound where one is missing.'),
  weight: z
    .int()
    .min(1)
    .max(100)
    .default(1)
    .describe('The share among tenants that wait for the same. Only operators change it.'),
}).describe('The rules of a tenant.');
export type Policy = z.output<typeof policy>;
export type GivenPolicy = z.input<typeof policy>;

/** Parts that only operators change. */
export const operatorsParts = ['limits', 'quotas', 'weight'] as const;

/** Where a document is no policy, by path; an unknown name is named itself, not what it stands in. */
export function policyFaults({issues}: z.ZodError): {path: string; message: string}[] {
  return issues.flatMap((issue) => {
    const names = issue.code === 'unrecognized_keys' ? issue.keys : undefined;
    const paths = names?.map((each) => [...issue.path, each]) ?? [issue.path];
    const message = names ? 'is unknown' : issue.message;
    return paths.map((path) => ({path: path.map(String).join('.'), message}));
  });
}
