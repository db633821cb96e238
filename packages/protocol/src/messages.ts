import {z} from 'zod';
import {id, list, object, pageLimit, rev, shownText} from './fields.ts';
import {limits} from './limits.ts';
import {userKind} from './users.ts';

export const attachment = z.object({
  id: z.uuid(),
  name: z.string(),
  type: z.string(),
  size: z.int(),
  width: z.int(),
  height: z.int(),
  url: z.string(),
  thumbnailUrl: z.string(),
});
export type Attachment = z.infer<typeof attachment>;

export const message = z.object({
  roomId: z.uuid(),
  seq: z.int(),
  rev: z.int(),
  clientId: z.uuid(),
  sender: z.object({
    id: z.uuid(),
    name: z.string(),
    color: z.string(),
    /** Missing only in a live frame of a gateway of version 6, while a cluster is upgraded. */
    kind: userKind.optional(),
  }),
  kind: z.enum(['text', 'system']),
  text: z.string(),
  attachments: z.array(attachment),
  replyTo: z.int().optional(),
  createdAt: z.string(),
  editedAt: z.string().optional(),
  deletedAt: z.string().optional(),
});
export type Message = z.infer<typeof message>;

const messageText = shownText(1, limits.textChars);
const seq = rev.min(1);

export const sendMessageInput = object({
  roomId: id,
  clientId: id,
  text: messageText.optional(),
  attachmentIds: list(id, 1, limits.attachmentsPerMessage).optional(),
  replyTo: seq.optional(),
}).refine(
  (input) => input.text !== undefined || input.attachmentIds !== undefined,
  'needs text or attachmentIds',
);
export const editMessageInput = object({roomId: id, seq: seq, text: messageText});
export const deleteMessageInput = object({roomId: id, seq: seq});
export const listMessagesInput = object({roomId: id, before: rev.optional(), limit: pageLimit});

export const sendMessageResult = z.object({
  seq: z.int(),
  rev: z.int(),
  createdAt: z.string(),
  duplicate: z.boolean(),
});
export const changeMessageResult = z.object({seq: z.int(), rev: z.int()});
export const listMessagesResult = z.object({messages: z.array(message), more: z.boolean()});

export type SendMessageInput = z.output<typeof sendMessageInput>;
export type EditMessageInput = z.output<typeof editMessageInput>;
export type DeleteMessageInput = z.output<typeof deleteMessageInput>;
export type ListMessagesInput = z.output<typeof listMessagesInput>;
export type SendMessageResult = z.infer<typeof sendMessageResult>;
export type ChangeMessageResult = z.infer<typeof changeMessageResult>;
export type ListMessagesResult = z.infer<typeof listMessagesResult>;
