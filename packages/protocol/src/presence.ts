import {z} from 'zod';
import {id, object, rev} from './fields.ts';
import {user} from './users.ts';

export const emptyInput = object({});
export const emptyResult = z.object({});
export const watchPresenceResult = z.object({online: z.int(), users: z.array(user)});
export const setTypingInput = object({roomId: id, typing: z.boolean()});
export const markReadInput = object({roomId: id, seq: rev});
export const markReadResult = z.object({readSeq: z.int(), unread: z.int()});

export type EmptyInput = z.output<typeof emptyInput>;
export type WatchPresenceResult = z.infer<typeof watchPresenceResult>;
export type SetTypingInput = z.output<typeof setTypingInput>;
export type MarkReadInput = z.output<typeof markReadInput>;
export type MarkReadResult = z.infer<typeof markReadResult>;
