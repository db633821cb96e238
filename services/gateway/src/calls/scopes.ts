/**
 * What a service key may do. Each row of the operation table that services may call names the scope that it requires,
 * and run-operation.ts checks the scope here before anything else. A handler checks again if only some inputs require a
 * scope.
 */
import {ChatError} from '@madang/protocol/errors';
import type {Scope} from '@madang/protocol/keys';
import type {Caller} from '../context.ts';

/** One scope, or several of which one suffices. A refusal names the first. */
export type Scopes = Scope | readonly [Scope, ...Scope[]];

export function listScopes(scopes: Scopes): readonly [Scope, ...Scope[]] {
  return typeof scopes === 'string' ? [scopes] : scopes;
}

/** Whether the caller came with a key that has this scope. No session has a scope. */
export function hasScope({key}: Caller, scope: Scope): boolean {
  return key?.scopes.includes(scope) ?? false;
}

/** Throws `forbidden` for a key without the scope, and for every key if none is named. Sessions always pass. */
export function requireScope(caller: Caller, scopes: Scopes | undefined): void {
  if (!caller.key) return;
  if (scopes === undefined) throw new ChatError('forbidden', {message: 'A service may not do this.'});
  const accepted = listScopes(scopes);
  if (accepted.some((scope) => hasScope(caller, scope))) return;
  const [scope] = accepted;
  throw new ChatError('forbidden', {
    message: `This key lacks the scope ${accepted.join(' or ')}. Use a key that was made with it.`,
    details: {scope},
  });
}
