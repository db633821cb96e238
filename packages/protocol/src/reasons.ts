import {text} from './fields.ts';
import {limits} from './limits.ts';

/** Why somebody reports or decides. */
export const reason = text(1, limits.reasonChars);
/** Of acts of moderation: it stands in the audit log. */
export const actReason = reason
  .describe(`Why, for the audit log: 1 to ${limits.reasonChars} characters.`)
  .optional();
