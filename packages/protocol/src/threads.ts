import {z} from 'zod';
import {afterPage, id, nextPage, object, rev} from './fields.ts';
import {message} from './messages.ts';

export const listThreadsInput = object({after: afterPage});
export const listThreadsResult = z.object({
  threads: z
    .array(
      z
        .object({
          root: message.describe('The message that the thread belongs to.'),
          unreadFrom: z
            .int()
            .describe(
              'The `seq` of the first reply of somebody else that the caller has not read. Missing where all are read.',
            )
            .optional(),
        })
        .describe('A thread that the caller follows.'),
    )
    .describe(
      'Those with the last replies first, at most 50 and 256 KiB a page. A page with a `next` may be empty.',
    ),
  next: nextPage,
});
export const followThreadInput = object({
  roomId: id.describe('Id of the room.'),
  seq: rev
    .min(1)
    .describe('The `seq` of the message that the thread belongs to; it may have no replies yet.'),
  on: z.boolean().describe('True follows the thread, false does so no longer. A repeat changes nothing.'),
});

export type ListThreadsInput = z.output<typeof listThreadsInput>;
export type ListThreadsResult = z.infer<typeof listThreadsResult>;
export type FollowThreadInput = z.output<typeof followThreadInput>;
