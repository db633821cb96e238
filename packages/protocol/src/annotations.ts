import {z} from 'zod';
import {wireTime} from './fields.ts';
import {limits} from './limits.ts';

export const reaction = z
  .object({
    emoji: z.string().describe('The emoji, in its fully-qualified form.'),
    count: z.int().describe('How many users reacted with it.'),
    by: z
      .array(z.uuid())
      .describe(`Ids of those who did so last, newest first: at most ${limits.reactionNames}.`),
    mine: z
      .literal(true)
      .describe(
        'True: the reader is one of them. Only answers to the reader have it: keep what the last one said where `by` ' +
          'does not list everybody.',
      )
      .optional(),
  })
  .describe('One emoji, and who reacted with it.');
export type Reaction = z.infer<typeof reaction>;

export const linkPreview = z
  .object({
    url: z.string().describe('The address in the text.'),
    title: z.string().describe('What the page is called.'),
    text: z.string().describe('What the page says about itself.').optional(),
    imageUrl: z.string().describe('Its picture, as a path on this cluster.').optional(),
  })
  .describe('What a link in a message leads to.');

export const annotations = z
  .object({
    reactions: z
      .array(reaction)
      .describe(
        `In the order in which the first user chose each: at most ${limits.reactionsPerMessage} emoji. Missing without any.`,
      )
      .optional(),
    pinned: z
      .object({
        by: z.uuid().describe('Id of the user who pinned it.'),
        at: wireTime('When it was pinned.'),
      })
      .describe('Missing where the message is not pinned.')
      .optional(),
    previews: z
      .array(linkPreview)
      .describe('Of the first links in the text, at most three. Missing without any.')
      .optional(),
  })
  .describe(
    'What stands on a message without being its text: a change of it is another `rev`, and never an edit. ' +
      'What is given takes the place of all that was there before.',
  );
export type Annotations = z.infer<typeof annotations>;
