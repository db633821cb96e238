import {ChatError} from '@madang/protocol/errors';
import type {User} from '@madang/protocol/users';
import type {Identify} from '../../identity/identify.ts';
import type {Exchange} from './exchange.ts';

/** Reads the guest of a request that nobody has to be signed in for. */
export async function readGuest(
  {req, credential}: Exchange,
  identify: Pick<Identify, 'load'>,
): Promise<User> {
  const isSession = credential?.from === 'cookie' || credential?.from === 'token';
  const identity = isSession ? await identify.load(credential, req.tenantId, 'http') : undefined;
  if (!identity) throw new ChatError('unauthenticated');
  if (identity.user.kind !== 'guest') throw noGuest();
  return identity.user;
}

function noGuest(): ChatError {
  return new ChatError('forbidden', {
    message: 'Only a guest becomes an account: you have one.',
    details: {reason: 'no_guest'},
  });
}
