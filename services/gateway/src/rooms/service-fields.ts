import {ChatError} from '@madang/protocol/errors';
import type {Caller} from '../context.ts';
import {requireScope} from '../calls/scopes.ts';

/** Refuses input fields that only a product's server may set, with a key that has the scope `rooms`. */
export function requireService<Input>(caller: Caller, input: Input, fields: (keyof Input)[]): void {
  const given = fields.find((field) => input[field] !== undefined);
  if (given === undefined) return;
  if (!caller.key)
    throw new ChatError('forbidden', {message: `${String(given)}: only a service may give it.`});
  requireScope(caller, 'rooms');
}
