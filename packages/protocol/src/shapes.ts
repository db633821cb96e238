/** The schemas that several operations or events share, by the names that the documents give them. */
import {z} from 'zod';
import {annotations, reaction} from './annotations.ts';
import {errorTable, type ErrorCode} from './errors.ts';
import {endedRoom, entry, frame, leaveReason} from './log.ts';
import {member} from './members.ts';
import {attachment, changeMessageResult, message, sender} from './messages.ts';
import {file, fileIdInput} from './files.ts';
import {invite, inviteTokenInput} from './invites.ts';
import {key, keyResult, scope} from './keys.ts';
import {notification} from './notifications.ts';
import {emptyInput, emptyResult} from './presence.ts';
import {policy} from './policy.ts';
import {report} from './reports.ts';
import {tenantResult} from './tenant.ts';
import {
  leaveRoomResult,
  membership,
  role,
  room,
  roomIdInput,
  roomPrefs,
  roomResult,
  roomState,
} from './rooms.ts';
import {event, eventType} from './tenant-events.ts';
import {webhook, webhookIdInput, webhookResult} from './webhooks.ts';
import {user, userKind, userRefInput, userResult} from './users.ts';

const codes = Object.keys(errorTable) as [ErrorCode, ...ErrorCode[]];

/** What a refused operation answers, over both transports. */
export const wireError = z
  .object({
    code: z.enum(codes).describe('Why: one of a closed list of codes. Programs switch on this alone.'),
    message: z.string().describe('The same in English, for a log or a developer. Its wording may change.'),
    retryable: z.boolean().describe('Whether the same request, unchanged, may succeed later.'),
    retryAfterMs: z
      .int()
      .describe(
        'How long to wait before the next try, in milliseconds. Over HTTP also the header `Retry-After`.',
      )
      .optional(),
    details: z
      .record(z.string(), z.unknown())
      .describe(
        'More about some refusals, such as `issues` (path and message of each field that does not fit) of `invalid`, ' +
          '`mutedUntil` of `forbidden`, `reason` of `conflict`, or `quota` and `max` of a cap.',
      )
      .optional(),
  })
  .describe('Why an operation was refused.');

export const shapes = {
  User: user,
  UserKind: userKind,
  Room: room,
  RoomState: roomState,
  RoomPrefs: roomPrefs,
  Membership: membership,
  Member: member,
  Role: role,
  Message: message,
  Sender: sender,
  Attachment: attachment,
  Annotations: annotations,
  Reaction: reaction,
  Image: file,
  Entry: entry,
  Frame: frame,
  LeaveReason: leaveReason,
  EndedRoom: endedRoom,
  Notification: notification,
  Invite: invite,
  InviteTokenInput: inviteTokenInput,
  Report: report,
  Key: key,
  Scope: scope,
  Error: wireError,
  Policy: policy,
  Event: event,
  EventType: eventType,
  Webhook: webhook,
  WebhookResult: webhookResult,
  WebhookIdInput: webhookIdInput,
  UserResult: userResult,
  UserRefInput: userRefInput,
  TenantResult: tenantResult,
  RoomResult: roomResult,
  KeyResult: keyResult,
  LeaveRoomResult: leaveRoomResult,
  ChangeMessageResult: changeMessageResult,
  RoomIdInput: roomIdInput,
  FileIdInput: fileIdInput,
  EmptyInput: emptyInput,
  EmptyResult: emptyResult,
} as const;
