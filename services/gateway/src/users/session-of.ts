import type {Context} from '../context.ts';
import type {SessionControl} from '../identity/session-control.ts';

/** The session control that every HTTP call has; these operations exist only over HTTP. */
export function sessionOf(ctx: Context): SessionControl {
  if (!ctx.session) throw new Error('an HTTP-only operation was called without a session control');
  return ctx.session;
}
