/** Why operations refuse: the refusals of any call, what each policy checks, and what the rows add. */
import {errorTable, type ErrorCode} from '@madang/protocol/errors';
import {
  adder,
  administrator,
  anyone,
  changer,
  closer,
  directoryReader,
  leaver,
  member,
  memberReader,
  memberChanger,
  messageDeleter,
  person,
  pinner,
  reader,
  remover,
  searcher,
  service,
  signedIn,
  steward,
  talker,
  unmutedMember,
  viewer,
  userLister,
  visitor,
} from '../calls/access.ts';
import type {Operation, Refusals} from '../calls/operation.ts';
import {listScopes} from '../calls/scopes.ts';

export type Refusal = {code: ErrorCode; reason: string};

/** Refusals that do not depend on the request's content. */
export const anyCall = [
  'invalid',
  'unauthenticated',
  'too_large',
  'unsupported',
  'misdirected',
  'rate_limited',
  'overloaded',
  'unavailable',
  'internal',
] satisfies ErrorCode[];

const toVisitor = {
  not_found: 'There is no such room in the tenant, or it is private and the caller is no member.',
  banned: 'The caller is banned from the room.',
  room_closed: 'The room is closed.',
};
const toMember = {...toVisitor, forbidden: 'The caller is no member of the room, which is public.'};
const toOwner = {
  ...toVisitor,
  forbidden:
    'The caller is not granted `manage`, which is the owner unless the policy says otherwise, and is no service.',
};
const ofOwner = {who: 'the owner of the room and the services of the tenant', refusals: toOwner};
const ofManagers = {
  who: 'the owner of the room, its moderators and the services of the tenant',
  refusals: {
    ...toVisitor,
    forbidden:
      'The caller is not granted it by the policy (`details.grant`), which are the owner and moderators unless it says otherwise, and is no service.',
  },
};

type PolicyText = {who: string; refusals: Refusals};

const toViewer =
  'members of the room, the services of the tenant and, where it is public, everybody in the tenant';

const toReader =
  'members of the room and, over HTTP, services with the scope `read` where the room is `overseen`';

const byPolicy = new Map<Operation['policy'], PolicyText>([
  [anyone, {who: 'anybody, signed in or not', refusals: {}}],
  [
    administrator,
    {
      who: 'administrators of the tenant, and services',
      refusals: {forbidden: 'The caller is neither an administrator of the tenant nor a service.'},
    },
  ],
  [signedIn, {who: 'everybody who is signed in', refusals: {}}],
  [person, {who: 'accounts and guests', refusals: {forbidden: 'The caller is a service.'}}],
  [service, {who: 'services', refusals: {forbidden: 'The caller is no service.'}}],
  [
    directoryReader,
    {
      who: 'everybody who is signed in, where the tenant has a user directory, and its services',
      refusals: {forbidden: 'The tenant has no user directory, and the caller is no service.'},
    },
  ],
  [
    userLister,
    {
      who: 'everybody who is signed in, where the tenant has a user directory or `ids` are given, and its services',
      refusals: {
        forbidden:
          'The tenant has no user directory, no `ids` are given, and the caller is no service. Or a field is for services only.',
      },
    },
  ],
  [
    visitor,
    {who: 'members of the room and, where it is public, everybody in the tenant', refusals: toVisitor},
  ],
  [viewer, {who: toViewer, refusals: toVisitor}],
  [member, {who: 'members of the room', refusals: toMember}],
  [reader, {who: toReader, refusals: toMember}],
  [
    searcher,
    {
      who: 'everybody who is signed in; with a `roomId` those who may read that room',
      refusals: toMember,
    },
  ],
  [
    memberReader,
    {
      who: toReader,
      refusals: {
        ...toMember,
        forbidden: `${toMember.forbidden} Or it is a default room, and the tenant has no user directory; or the policy does not grant \`members\`.`,
      },
    },
  ],
  [
    unmutedMember,
    {
      who: 'members of the room who are not muted',
      refusals: {
        ...toMember,
        forbidden: `${toMember.forbidden} Or the caller is muted: \`details.mutedUntil\`.`,
      },
    },
  ],
  [
    talker,
    {
      who: 'members of the room who may send',
      refusals: {
        ...toMember,
        forbidden: `${toMember.forbidden} Or the caller is muted (\`details.mutedUntil\`), or is not granted \`send\`.`,
      },
    },
  ],
  [changer, ofOwner],
  [closer, ofOwner],
  [memberChanger, ofManagers],
  [
    steward,
    {
      who: 'services',
      refusals: {
        ...toVisitor,
        not_found: 'There is no such room in the tenant.',
        forbidden: 'The caller is no service.',
      },
    },
  ],
  [adder, ofManagers],
  [remover, ofManagers],
  [
    pinner,
    {
      who: 'the owner of the room, its moderators, both users of a direct room, and the services of the tenant',
      refusals: {
        ...toMember,
        forbidden: `${toMember.forbidden} Or the caller is muted (\`details.mutedUntil\`), or is not granted it by the policy (\`details.grant\`).`,
      },
    },
  ],
  [messageDeleter, {who: 'members of the room and the services of the tenant', refusals: toMember}],
  [
    leaver,
    {
      who: 'members of the room, and those who were',
      refusals: {not_found: 'There is no such room in the tenant.'},
    },
  ],
]);

function textOf({policy}: Operation): PolicyText {
  const text = byPolicy.get(policy);
  if (!text) throw new Error('documents/refusals.ts does not describe this policy');
  return text;
}

/** Who may call it, as the end of a sentence, and which scope a key needs, as another sentence. */
export function callersOf(operation: Operation): string {
  const who = operation.callers ?? textOf(operation).who;
  const scopes = scopesOf(operation);
  return scopes === undefined ? who : `${who}. A key needs the scope ${scopes}`;
}

function scopesOf({scope}: Operation): string | undefined {
  return (
    scope &&
    listScopes(scope)
      .map((name) => `\`${name}\``)
      .join(' or ')
  );
}

/** The refusals of this operation beside those of any call. One code may have several reasons. */
export function refusalsOf(operation: Operation): Refusal[] {
  const scopes = scopesOf(operation);
  const ofKey = scopes ? {forbidden: `The key lacks the scope ${scopes}: \`details.scope\`.`} : {};
  return [textOf(operation).refusals, operation.errors, ofKey].flatMap((refusals) =>
    Object.entries(refusals).map(([code, reason]) => ({code: code as ErrorCode, reason})),
  );
}

/** A refusal as a line of Markdown. */
export function lineOf({code, reason}: Refusal): string {
  return `- \`${code}\`${errorTable[code].retryable ? ' (retryable)' : ''}: ${reason}`;
}

/** The code with its default message. */
export function usualRefusal(code: ErrorCode): Refusal {
  return {code, reason: errorTable[code].message};
}
