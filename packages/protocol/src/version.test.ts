import {createHash} from 'node:crypto';
import {expect, test} from 'vitest';
import {z} from 'zod';
import {calls} from './calls.ts';
import {disconnectTable} from './disconnects.ts';
import {errorTable} from './errors.ts';
import {serverEvents} from './events.ts';
import * as files from './files.ts';
import * as members from './members.ts';
import * as messages from './messages.ts';
import {limits} from './limits.ts';
import * as notifications from './notifications.ts';
import * as events from './tenant-events.ts';
import * as webhooks from './webhooks.ts';
import * as users from './users.ts';
import {PROTOCOL_VERSION} from './version.ts';

/**
 * What the wire looked like at each version. It fails when something on the wire has changed: then raise
 * PROTOCOL_VERSION, say in its history what is new, and note the new hash here. Add, never rename or remove: clients of
 * every earlier version are still out there.
 */
const hashes: Record<number, string> = {
  1: '8e26de6405fa7946e444bd92d6daa8c04d26073950aed24893fc25c37c2a84fd',
  2: '431d214c850e9186fc2e8ed16db7846e52e3b524f8d47ac29f86100fad4295f7',
  3: 'f03b03a654adfe09f8a8391befd74ecad01b154ac001dedbb0ba6276443263eb',
  4: '8d8f2935a0404ff2a934132c3c777ee899e36af44d52a264b6b1d6bde446a2b8',
  5: 'f16aedd31e132f2ae6af210811d24e6dd9b6d84e94bc6e4185617cadab519717',
  6: 'c80d593b36017da4e2e35600dcabd171baff475872fc2172a8419548600dfaae',
  7: '1afc921d902d121b0d69fdb5202876b478999bf0d05f1a8cdbe3bf9f148f8b85',
  8: 'd4db1ea25422845acb30e759ca8bace86b5cf54a41e65f2a97a50ee7af32429d',
  9: '091febc99c5c2256a2c1e2e293a73c95458a00eb4b85f3c84d6ebff28e662b27',
};

const overHttpAlone = {
  registerInput: users.registerInput,
  loginInput: users.loginInput,
  guestInput: users.guestInput,
  logoutInput: users.logoutInput,
  deleteUserInput: users.deleteUserInput,
  providersResult: users.providersResult,
  putUserInput: users.putUserInput,
  userRefInput: users.userRefInput,
  userExportResult: users.userExportResult,
  putUsersInput: users.putUsersInput,
  putUsersResult: users.putUsersResult,
  deleteUserRefInput: users.deleteUserRefInput,
  deleteUserRefResult: users.deleteUserRefResult,
  createTicketInput: users.createTicketInput,
  ticketResult: users.ticketResult,
  redeemTicketInput: users.redeemTicketInput,
  redeemTicketResult: users.redeemTicketResult,
  putMembersInput: members.putMembersInput,
  putMembersResult: members.putMembersResult,
  importMessagesInput: messages.importMessagesInput,
  importMessagesResult: messages.importMessagesResult,
  readMessagesInput: messages.readMessagesInput,
  readMessagesResult: messages.readMessagesResult,
  exportRoomInput: messages.exportRoomInput,
  exportLine: messages.exportLine,
  createNotificationsInput: notifications.createNotificationsInput,
  uploadInput: files.uploadInput,
  uploadResult: files.uploadResult,
  fileIdInput: files.fileIdInput,
  readEventsInput: events.readEventsInput,
  readEventsResult: events.readEventsResult,
  listWebhooksResult: webhooks.listWebhooksResult,
  createWebhookInput: webhooks.createWebhookInput,
  createWebhookResult: webhooks.createWebhookResult,
  updateWebhookInput: webhooks.updateWebhookInput,
  testWebhookResult: webhooks.testWebhookResult,
  replayWebhookInput: webhooks.replayWebhookInput,
  rotateWebhookResult: webhooks.rotateWebhookResult,
};

function describe(schema: z.ZodType): unknown {
  return withoutAnnotations(z.toJSONSchema(schema, {io: 'input', unrepresentable: 'any'}));
}

/** Keywords that tell a reader what a value means, and decide nothing about which values there are. */
const annotations = new Set(['description', 'title', 'examples', 'summary', 'tags']);
/** Keywords whose object has names of the wire for keys: a room has a `title`. */
const namings = new Set(['properties', 'patternProperties', '$defs']);
/** Keywords that hold values of the wire and no schemas. */
const values = new Set(['const', 'default', 'enum', 'required']);

function withoutAnnotations(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(withoutAnnotations);
  if (typeof schema !== 'object' || schema === null) return schema;
  const kept = Object.entries(schema).filter(([keyword]) => !annotations.has(keyword));
  return Object.fromEntries(
    kept.map(([keyword, inner]) => {
      if (values.has(keyword)) return [keyword, inner];
      if (!namings.has(keyword)) return [keyword, withoutAnnotations(inner)];
      const named = Object.entries(inner).map(([name, each]) => [name, withoutAnnotations(each)]);
      return [keyword, Object.fromEntries(named)];
    }),
  );
}

function describeAll(schemas: Record<string, z.ZodType>): object {
  return Object.fromEntries(Object.entries(schemas).map(([name, schema]) => [name, describe(schema)]));
}

/** JSON in which the order of an object's keys says nothing. */
function canonical(value: unknown): string {
  return JSON.stringify(value, (_key, inner: unknown) =>
    typeof inner === 'object' && inner !== null && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).toSorted(([a], [b]) => (a < b ? -1 : 1)))
      : inner,
  );
}

function hashOf(wire: unknown): string {
  return createHash('sha256').update(canonical(wire)).digest('hex');
}

test('the wire changes with PROTOCOL_VERSION alone', () => {
  const wire = {
    calls: Object.fromEntries(
      Object.entries(calls).map(([name, {input, result}]) => [name, describeAll({input, result})]),
    ),
    overHttpAlone: describeAll(overHttpAlone),
    serverEvents: describeAll(serverEvents),
    // Without the messages: clients switch on the code.
    errors: Object.entries(errorTable).map(([code, {status, retryable}]) => ({code, status, retryable})),
    disconnectTable,
    limits,
  };
  const hash = hashOf(wire);

  expect(hash).toBe(hashes[PROTOCOL_VERSION]);
});

test('a description leaves the hash as it is; a name, a type or a bound changes it', () => {
  const hashed = (shape: z.core.$ZodLooseShape) => hashOf(describe(z.object(shape)));
  const title = z.string().max(80).optional();
  const tags = z.array(z.string());
  const plain = hashed({title, tags});

  const described = {
    title: title.describe('What the room is called.').meta({examples: ['General']}),
    tags: z.array(z.string().describe('One word.')).meta({title: 'Tags'}),
  };
  expect(hashed(described)).toBe(plain);

  // The name of an optional field stands in `properties` alone.
  expect(hashed({name: title, tags})).not.toBe(plain);
  expect(hashed({tags})).not.toBe(plain);
  expect(hashed({title: z.string().max(81).optional(), tags})).not.toBe(plain);
  expect(hashed({title, tags: z.array(z.int())})).not.toBe(plain);
  expect(hashed({title, tags: tags.optional()})).not.toBe(plain);
});
