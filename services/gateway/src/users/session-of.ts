import type {Context} from '../context.ts';
import type {SessionControl} from '../identity/session-control.ts';

/** The session control that every call over HTTP has; these operations have no other form. */
export function sessionOf(ctx: Context): SessionControl {
  if (!ctx.session) throw new Error('an operation of HTTP alone was called without a session control');
  return ctx.session;
}
