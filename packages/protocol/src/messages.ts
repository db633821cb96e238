import {z} from 'zod';
import {annotations} from './annotations.ts';
import {id, list, object, pageLimit, rev, shownText, time, wireTime} from './fields.ts';
import {actReason} from './reasons.ts';
import {limits} from './limits.ts';
import {member} from './members.ts';
import {maxDataDepth, productData, storedData} from './product-data.ts';
import {room} from './rooms.ts';
import {userKind} from './users.ts';

export const attachment = z
  .object({
    id: z.uuid().describe('Id of the image.'),
    name: z.string().describe('Its file name, with the ending that its content has. At most 85 characters.'),
    type: z.string().describe('Its media type: `image/gif`, `image/png`, `image/jpeg` or `image/webp`.'),
    size: z.int().describe('Its size in bytes, as it is stored.'),
    width: z.int().describe('Its width in pixels.'),
    height: z.int().describe('Its height in pixels.'),
    url: z
      .string()
      .describe(
        'Where the image is, as a path on this cluster: `/api/v1/files/{fileId}`. Rights are checked each time.',
      ),
    thumbnailUrl: z
      .string()
      .describe(
        'Where a still WebP of at most 480 pixels in width and height is, as a path on this cluster.',
      ),
  })
  .describe('An image that was uploaded.');
export type Attachment = z.infer<typeof attachment>;

export const sender = z
  .object({
    id: z.uuid().describe('Id of the user.'),
    name: z.string().describe('What the sender was shown as when the message was sent.'),
    color: z.string().describe('The colour of the sender then, as `#` and six hexadecimal digits.'),
    kind: userKind
      .describe(
        'What the sender is. Missing only in live frames of a gateway of version 6, while a cluster is upgraded.',
      )
      .optional(),
  })
  .describe('Who wrote a message, as they were then.');
export type Sender = z.infer<typeof sender>;

const seqOf =
  'The position of the message in the log of its room: the rev that created it. It never changes.';
const clientIdOf = 'The UUID that its sender chose. A retry with the same one is no second message.';

export const message = z
  .object({
    roomId: z.uuid().describe('Id of the room.'),
    seq: z.int().describe(`${seqOf} Show messages in this order. There are holes.`),
    rev: z
      .int()
      .describe('The rev of its last change: `seq` until it is edited, deleted, or something is put on it.'),
    clientId: z.uuid().describe(clientIdOf),
    sender: sender.describe('Who wrote it, as they were then.'),
    via: sender
      .describe(
        'The service that wrote it as `sender`, by `Madang-As-User`. Missing where the sender wrote it.',
      )
      .optional(),
    kind: z
      .enum(['text', 'system'])
      .describe("`text`: somebody wrote it. `system`: a product's server tells what has happened."),
    text: z
      .string()
      .describe(
        'What the sender wrote, as it was given: show it as text, never as HTML. Empty where the message has images only, or was deleted.',
      ),
    attachments: z.array(attachment).describe('Its images, at most ten. Empty once it is deleted.'),
    replyTo: z.int().describe('The `seq` of the message of this room that it answers.').optional(),
    data: storedData
      .describe(
        "The product's own JSON object, as it was given: show texts in it as text, never as HTML. Missing without one, and once it is deleted.",
      )
      .optional(),
    imported: z
      .literal(true)
      .describe('True: it was brought in from elsewhere, with the time that it had there. Otherwise missing.')
      .optional(),
    createdAt: wireTime('When it was stored.'),
    threadOf: z
      .int()
      .describe('The `seq` of the message whose thread it is in. Missing where it is in none.')
      .optional(),
    thread: z
      .object({
        replies: z
          .int()
          .describe(
            `How many messages are in its thread, deleted ones included. Counting stops at ${limits.unreadCount}: show that as ${limits.unreadCount - 1}+.`,
          ),
        lastSeq: z.int().describe('The `seq` of the last of them. Live messages above it come on top.'),
      })
      .describe('Of a message with a thread. Only answers of `message:list` have it.')
      .optional(),
    mentions: z
      .array(
        z.object({
          id: z.uuid().describe('Id of the user.'),
          name: z.string().describe('The name that stands after `@` in the text.'),
        }),
      )
      .describe(`Whom the text mentions, at most ${limits.mentionsPerMessage}. Missing without any.`)
      .optional(),
    notify: z
      .enum(['room', 'here'])
      .describe(
        '`room`: it mentions everybody in the room. `here`: who is online of them. Otherwise missing.',
      )
      .optional(),
    files: z
      .array(
        z.object({
          id: z.uuid().describe('Id of the file.'),
          name: z.string().describe('Its name.'),
          type: z.string().describe('Its media type, by its first bytes.'),
          size: z.int().describe('Its size in bytes.'),
          url: z
            .string()
            .describe(
              'Where it is, as a path on this cluster: `/api/v1/files/{fileId}`. Rights are checked each time.',
            ),
        }),
      )
      .describe('Its files that are no images. Missing without any, and once it is deleted.')
      .optional(),
    annotations: annotations
      .describe('What stands on it: reactions, a pin, previews of links. Missing where nothing does.')
      .optional(),
    editedAt: wireTime('When it was last edited. Missing where it never was.').optional(),
    deletedAt: wireTime('When it was deleted. Missing while it stands.').optional(),
  })
  .describe('A message as it is now. A deleted one keeps its place and loses its content.');
export type Message = z.infer<typeof message>;

const roomId = id.describe('Id of the room.');
const messageText = shownText(1, limits.textChars).describe(
  'Plain text of 1 to 4,000 characters (code points), some of which can be seen.',
);
const messageData = productData(limits.dataBytes).describe(
  `Any JSON object of at most ${limits.dataBytes} bytes as JSON and ${maxDataDepth} levels, for everybody who sees the message.`,
);
const seq = rev.min(1).describe('The `seq` of the message.');

export const sendMessageInput = object({
  roomId,
  clientId: id.describe(
    'A UUID that the client chooses for each message. Send again with the same one when no answer came: the message is ' +
      'stored once, and the answer is the first one.',
  ),
  text: messageText.optional(),
  attachmentIds: list(id, 1, limits.attachmentsPerMessage)
    .describe(
      `Ids of 1 to ${limits.attachmentsPerMessage} images that the caller uploaded and has not sent, in the order in which they are shown.`,
    )
    .optional(),
  replyTo: rev.min(1).describe('The `seq` of a message of this room that this one answers.').optional(),
  threadOf: rev
    .min(1)
    .describe('The `seq` of the message of this room in whose thread this one is; that one is in no thread.')
    .optional(),
  mentions: list(id, 0, limits.mentionsPerMessage)
    .describe(
      `Ids of up to ${limits.mentionsPerMessage} members to mention. It counts for those whose shown name stands after \`@\` in the text, ` +
        'and of names that begin alike the longest.',
    )
    .optional(),
  notify: z
    .enum(['room', 'here'])
    .describe(
      '`room` mentions everybody, `here` who is online. For moderators, and in rooms of up to 20 members for everybody; ' +
        'it does not count otherwise, nor in rooms above 1,000 members.',
    )
    .optional(),
  data: messageData.optional(),
  kind: z
    .enum(['text', 'system'])
    .describe(
      '`system` for what is no message of somebody, such as a change of state; services only. `text` unless given.',
    )
    .optional(),
})
  .refine(
    (input) => input.text !== undefined || input.attachmentIds !== undefined,
    'needs text or attachmentIds',
  )
  .meta({anyOf: [{required: ['text']}, {required: ['attachmentIds']}]});
export const editMessageInput = object({
  roomId,
  seq,
  text: messageText.optional(),
  data: messageData
    .nullable()
    .describe(
      `${messageData.description} It takes the place of the one that is stored, as a whole; null removes that.`,
    )
    .optional(),
})
  .refine((input) => input.text !== undefined || input.data !== undefined, 'needs text or data')
  .meta({anyOf: [{required: ['text']}, {required: ['data']}]});
export const deleteMessageInput = object({roomId, seq, reason: actReason});
export const pinMessageInput = object({
  roomId,
  seq,
  on: z.boolean().describe('True pins it, false takes the pin away. A repeat changes nothing.'),
});
export const listMessagesInput = object({
  roomId,
  before: rev.describe('Messages with a lower `seq` than this. The newest ones unless given.').optional(),
  around: rev
    .min(1)
    .describe('The message with this `seq` and those on both sides of it. Without `before` and what follows.')
    .optional(),
  after: rev.describe('The first messages with a higher `seq` than this. Without `before`.').optional(),
  threadOf: rev.min(1).describe('Only the replies in the thread of the message with this `seq`.').optional(),
  pinned: z.boolean().describe('With true, only pinned messages.').optional(),
  limit: pageLimit,
})
  .refine(
    ({around, after, threadOf, pinned}) =>
      [around, after, threadOf, pinned || undefined].filter((each) => each !== undefined).length <= 1,
    'around, after, threadOf and pinned exclude each other: give one of them',
  )
  .refine(
    ({before, around, after}) => before === undefined || (around === undefined && after === undefined),
    'before does not go with around or after',
  );

export const importMessagesInput = object({
  roomId,
  messages: list(
    object({
      clientId: id.describe('A UUID of your own for each message: a repeat with the same one adds nothing.'),
      senderId: id.describe('Id of the user who wrote it: of the tenant, and not necessarily in the room.'),
      text: messageText,
      createdAt: time.describe(
        'When it was written: not before the message in front of it, nor in the future. RFC 3339 with seconds, and `Z` or an offset.',
      ),
      data: messageData.optional(),
    }),
    1,
    limits.importedMessages,
  ).describe(`The messages, the oldest first: 1 to ${limits.importedMessages}, and 1 MiB a call.`),
});
export const readMessagesInput = object({
  at: list(object({roomId, seq}), 1, limits.idsPerCall).describe(
    `Where 1 to ${limits.idsPerCall} messages are, such as the hits of a search of your own.`,
  ),
});
export const exportRoomInput = object({roomId});

export const sendMessageResult = z.object({
  seq: z.int().describe(seqOf),
  rev: z.int().describe('The rev that the message took when it was stored: the same as `seq`.'),
  createdAt: wireTime('When the message was stored.'),
  duplicate: z
    .boolean()
    .describe('Whether this clientId was stored before: then the answer is the one of that time.'),
});
export const importMessagesResult = z.object({
  results: z.array(z.object(sendMessageResult.shape)).describe('What each message got, in the order given.'),
});
export const readMessagesResult = z.object({
  messages: z
    .array(message)
    .describe(
      'In the order asked for. Those that are gone, were never there or may not be read are left out.',
    ),
});
/** A line of an export. */
export const exportLine = z
  .object({
    type: z
      .enum(['room', 'member', 'message', 'end'])
      .describe('What the line is. Without a last line `end` the export has broken off.'),
    room: room.describe('The room; the first line.').optional(),
    member: member.omit({online: true}).describe('A member, or who is banned.').optional(),
    message: message.describe('A message, as it is now.').optional(),
    messages: z.int().describe('How many messages there were; the last line.').optional(),
  })
  .describe('One line of NDJSON.');
export type ExportLine = z.infer<typeof exportLine>;

export const changeMessageResult = z
  .object({
    seq: z.int().describe(seqOf),
    rev: z
      .int()
      .describe(
        'The rev of the room that the change took. To delete a message again answers the rev of the first time.',
      ),
  })
  .describe('Where a change of a message stands in the log.');
export const pinMessageResult = z.object({
  rev: z.int().describe('The rev of the last change of the message.'),
});
export const listMessagesResult = z.object({
  messages: z
    .array(message)
    .describe('Newest first. A page has at most 256 KiB, so long messages make it shorter than `limit`.'),
  more: z
    .boolean()
    .describe('Whether there are older messages: ask again with `before` set to the lowest `seq`.'),
  moreAfter: z
    .boolean()
    .describe(
      'Whether there are newer messages: ask again with `after` set to the highest `seq`. Only answers to `around` and `after` have it.',
    )
    .optional(),
});

export type ImportMessagesInput = z.output<typeof importMessagesInput>;
export type ImportMessagesResult = z.infer<typeof importMessagesResult>;
export type ReadMessagesInput = z.output<typeof readMessagesInput>;
export type ReadMessagesResult = z.infer<typeof readMessagesResult>;
export type ExportRoomInput = z.output<typeof exportRoomInput>;
export type SendMessageInput = z.output<typeof sendMessageInput>;
export type EditMessageInput = z.output<typeof editMessageInput>;
export type DeleteMessageInput = z.output<typeof deleteMessageInput>;
export type PinMessageInput = z.output<typeof pinMessageInput>;
export type ListMessagesInput = z.output<typeof listMessagesInput>;
export type SendMessageResult = z.infer<typeof sendMessageResult>;
export type ChangeMessageResult = z.infer<typeof changeMessageResult>;
export type PinMessageResult = z.infer<typeof pinMessageResult>;
export type ListMessagesResult = z.infer<typeof listMessagesResult>;
