/** The audit log of a tenant, as its administrators read it. */
import {z} from 'zod';
import {afterPage, nextPage, object, pageLimit, text, wireTime} from './fields.ts';
import {user} from './users.ts';

export const auditLine = z
  .object({
    id: z.int().describe('Rises with each line.'),
    at: wireTime('When it happened.'),
    action: z.string().describe('What was done, such as `member:update` or `report:decide`.'),
    actor: user.describe('Who did it. Missing for operators, and for the cluster itself.').optional(),
    user: user.describe('To whom. Missing where it concerns nobody.').optional(),
    roomId: z.uuid().describe('In which room. Missing where it concerns none.').optional(),
    address: z.string().describe('From which address. Missing where none is known.').optional(),
    reason: z.string().describe('Why. Missing where none was given.').optional(),
  })
  .describe('A line of the audit log.');

export const listAuditInput = object({
  action: text(1, 80).describe('Only lines of this action.').optional(),
  after: afterPage,
  limit: pageLimit,
});
export const listAuditResult = z.object({
  lines: z.array(auditLine).describe('Lines of the tenant, newest first.'),
  next: nextPage,
});
export type ListAuditInput = z.output<typeof listAuditInput>;
export type ListAuditResult = z.infer<typeof listAuditResult>;
