/** Who signed in, who tried to, and which key is used from where, as lines of the audit log. */
import type {Acting} from '@madang/database/operator/audit';
import type {StoredUser} from '@madang/database/users/users';
import type {User} from '@madang/protocol/users';
import type {AuditTrail} from './audit-trail.ts';
import type {Caller} from '../context.ts';
import type {EndedKey} from '../identity/service-keys.ts';
import type {TokenRefused} from '../jwt/verify-token.ts';
import type {SignInBy} from '../identity/session-control.ts';

const minute = {perMs: 60_000, isCounted: true};
/** A key is used all the time; the log only needs to show that it was used from an address. */
const hour = {perMs: 3_600_000, isCounted: false};

type Call = Acting & {tenantId: string};

export function noteSignIn(audit: AuditTrail, call: Call, {user}: StoredUser, by: SignInBy): void {
  const line = {
    ...call,
    action: 'user:sign-in',
    actorId: user.id,
    userId: user.id,
    details: {kind: user.kind, by},
  };
  // Anybody may become a guest at any time, so guests are counted.
  if (user.kind === 'guest') audit.noteOften(`guest ${call.tenantId} ${call.address}`, line, minute);
  else audit.note(line);
}

/** Writes one line per account, address and minute, and one with the number of further attempts. */
export function noteFailedSignIn(
  audit: AuditTrail,
  call: Call,
  {reason, userId, by}: {reason: string; userId?: string; by: SignInBy},
): void {
  const line = {...call, action: 'user:sign-in-failed', userId, reason, details: {by}};
  audit.noteOften(`failed ${call.tenantId} ${call.address} ${userId} ${by} ${reason}`, line, minute);
}

/** A token signs in with every call; the log only needs to show that its issuer let this user in from an address. */
export function noteTokenUse(
  audit: AuditTrail,
  {user, tenantId, token}: {user: User; tenantId: string; token: {issuer: {issuer: string}}},
  call: Acting,
): void {
  const {issuer} = token.issuer;
  const details = {kind: user.kind, by: 'jwt' satisfies SignInBy, issuer};
  const line = {...call, tenantId, action: 'user:sign-in', actorId: user.id, userId: user.id, details};
  audit.noteOften(`jwt ${user.id} ${issuer} ${call.address}`, line, hour);
}

/** A refused token's content is not trusted, so no user is named. An expired token only shows that a client is late. */
export function noteRefusedToken(audit: AuditTrail, {fault}: TokenRefused, call: Call): void {
  if (fault !== 'expired') noteFailedSignIn(audit, call, {reason: fault, by: 'jwt'});
}

export function noteTicket(
  audit: AuditTrail,
  call: Call,
  {actorId, userId}: {actorId: string; userId: string},
) {
  audit.note({...call, action: 'ticket:create', actorId, userId});
}

/** A connection is opened once and used for long, so it gets a line separate from requests. */
export function noteKeyUse(
  audit: AuditTrail,
  {tenantId, user, sessionHash, key}: Caller,
  call: Acting,
  over: 'http' | 'socket',
): void {
  const details = {over, keyId: key?.id};
  const line = {...call, tenantId, action: 'key:use', actorId: user.id, userId: user.id, details};
  audit.noteOften(`key ${sessionHash} ${call.address} ${over}`, line, hour);
}

/** Records that a key was presented after its end. */
export function noteEndedKey(
  audit: AuditTrail,
  {holder}: EndedKey,
  call: Acting,
  over: 'http' | 'socket',
): void {
  const {tenantId, user, keyId, ended} = holder;
  const details = {over, keyId, ended};
  const line = {
    ...call,
    tenantId,
    action: 'key:refused',
    actorId: user.id,
    reason: 'unauthenticated',
    details,
  };
  audit.noteOften(`key refused ${keyId} ${call.address} ${ended}`, line, minute);
}

/** Records a service that calls as a user: one line per user and operation, and one a minute counting the repeats. */
export function noteActing(
  audit: AuditTrail,
  {tenantId, user, key}: Caller,
  call: Acting,
  {userId, operation}: {userId: string; operation: string},
): void {
  const details = {operation, keyId: key?.id};
  const line = {...call, tenantId, action: 'key:act', actorId: user.id, userId, details};
  audit.noteOften(`key act ${key?.id} ${userId} ${operation}`, line, minute);
}

/** Records a key that lacks the scope for what it asked. */
export function noteMissingScope(
  audit: AuditTrail,
  {tenantId, user, key}: Caller,
  call: Acting,
  {operation, scope}: {operation: string; scope: unknown},
): void {
  const details = {operation, scope, keyId: key?.id};
  const line = {...call, tenantId, action: 'key:refused', actorId: user.id, reason: 'forbidden', details};
  audit.noteOften(`key refused ${key?.id} ${call.address} ${operation}`, line, minute);
}
