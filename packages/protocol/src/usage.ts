/** What a tenant uses, day by day. */
import {z} from 'zod';
import {date, object} from './fields.ts';
import {limits} from './limits.ts';
import {quotas} from './policy.ts';

const day = date.describe('A day in UTC, such as 2026-03-01.');

const dayMs = 24 * 3_600_000;
const isWithinBound = ({from, to}: {from?: string | undefined; to?: string | undefined}) =>
  from === undefined ||
  to === undefined ||
  Math.abs(Date.parse(to) - Date.parse(from)) < limits.usageDays * dayMs;
const isInOrder = ({from, to}: {from?: string | undefined; to?: string | undefined}) =>
  from === undefined || to === undefined || from <= to;

export const getUsageInput = object({
  from: day.describe('The first day; by default the 30th before `to`.').optional(),
  to: day.describe('The last day; by default the present one, in UTC.').optional(),
})
  .refine(isInOrder, {path: ['to'], error: 'is before `from`'})
  .refine(isWithinBound, {path: ['from'], error: `at most ${limits.usageDays} days at once`});
export type GetUsageInput = z.output<typeof getUsageInput>;

const count = z.int().min(0);

export const usageOfDay = z
  .object({
    day,
    messages: count.describe('Messages stored on the day, imported ones too.'),
    users: count.describe('Accounts and guests at the end of the day, or by now.'),
    rooms: count.describe('Open rooms at the end of the day, or by now.'),
    connections: count.describe('The most connections at once, measured each minute.'),
    calls: count.describe('Calls with a credential, over HTTP and sockets, refused ones too.'),
    bytes: count.describe('Bytes of files kept at the end of the day, or by now.'),
  })
  .describe('What a tenant used on a day.');
export type UsageOfDay = z.infer<typeof usageOfDay>;

export const getUsageResult = z
  .object({
    days: z
      .array(usageOfDay)
      .describe('The oldest first; a day on which nothing is known is left out. Reports come each minute.'),
    quotas: quotas.describe('The quotas of the policy: how much there may be. None where one is missing.'),
  })
  .describe('What a tenant used.');
export type GetUsageResult = z.infer<typeof getUsageResult>;
