/** Reports of messages to those who moderate. */
import {z} from 'zod';
import {afterPage, id, nextPage, object, pageLimit, rev, wireTime} from './fields.ts';
import {limits} from './limits.ts';
import {message} from './messages.ts';
import {reason} from './reasons.ts';
import {roomId} from './rooms.ts';
import {user} from './users.ts';

export const reportOutcome = z
  .enum(['dismissed', 'deleted', 'muted', 'banned'])
  .describe(
    'What is done: nothing, the message is deleted, its sender is muted in the room until that is lifted, or banned from it.',
  );

export const report = z
  .object({
    id: z.uuid().describe('Id of the report.'),
    roomId: z.uuid().describe('Id of the room.'),
    seq: z.int().describe('The `seq` of the message.'),
    reporter: user.describe('Who reported it.'),
    reason: z.string().describe('Why. Empty once the reporter is deleted.'),
    message: message.describe('The message as it was when it was reported.'),
    createdAt: wireTime('When it was reported.'),
    decidedAt: wireTime('When it was decided. Missing until then, as what follows.').optional(),
    decidedBy: user.describe('Who decided.').optional(),
    outcome: reportOutcome.optional(),
    decision: z.string().describe('Why it was decided so.').optional(),
  })
  .describe('A report of a message, and what became of it.');
export type Report = z.infer<typeof report>;

export const createReportInput = object({
  roomId,
  seq: rev.min(1).describe("The `seq` of somebody else's message."),
  reason: reason.describe(`Why, for those who decide: 1 to ${limits.reasonChars} characters.`),
});
export const createReportResult = z.object({
  id: z.uuid().describe('Id of the report. A repeat gets the same.'),
});
export const listReportsInput = object({
  roomId: roomId.describe('Only reports of this room.').optional(),
  open: z
    .boolean()
    .describe('With true, only those that wait for a decision; with false, only others. Both unless given.')
    .optional(),
  after: afterPage,
  limit: pageLimit,
});
export const listReportsResult = z.object({
  reports: z.array(report).describe('Reports that the caller may decide about, newest first.'),
  next: nextPage,
});
export const decideReportInput = object({
  id: id.describe('Id of the report.'),
  outcome: reportOutcome,
  reason: reason.describe(`Why, for the audit log: 1 to ${limits.reasonChars} characters.`),
});
export const decideReportResult = z.object({report: report.describe('The report as decided.')});

export type CreateReportInput = z.output<typeof createReportInput>;
export type CreateReportResult = z.infer<typeof createReportResult>;
export type ListReportsInput = z.output<typeof listReportsInput>;
export type ListReportsResult = z.infer<typeof listReportsResult>;
export type DecideReportInput = z.output<typeof decideReportInput>;
export type DecideReportResult = z.infer<typeof decideReportResult>;
