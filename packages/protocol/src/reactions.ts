import {z} from 'zod';
import {annotations} from './annotations.ts';
import {emoji} from './emoji.ts';
import {afterPage, id, nextPage, object, rev} from './fields.ts';
import {user} from './users.ts';

const roomId = id.describe('Id of the room.');
const seq = rev.min(1).describe('The `seq` of the message.');

export const setReactionInput = object({
  roomId,
  seq,
  emoji: emoji.describe('One emoji, in its fully-qualified form: of those that Unicode calls RGI.'),
  on: z.boolean().describe('True puts it on the message, false takes it back. A repeat changes nothing.'),
});
export const setReactionResult = z.object({
  rev: z.int().describe('The rev of the last change of the message.'),
  annotations: annotations.describe('What stands on the message now, with `mine`.'),
});
export const listReactionsInput = object({
  roomId,
  seq,
  emoji: emoji.describe('The emoji: those who reacted with it are listed.'),
  after: afterPage,
});
export const listReactionsResult = z.object({
  users: z.array(user).describe('Who reacted with it, by id: at most 100 a page.'),
  next: nextPage,
});

export type SetReactionInput = z.output<typeof setReactionInput>;
export type SetReactionResult = z.infer<typeof setReactionResult>;
export type ListReactionsInput = z.output<typeof listReactionsInput>;
export type ListReactionsResult = z.infer<typeof listReactionsResult>;
