/** Refuses calls under host names that are not the cluster's, before anything is said about origins. */
import {ChatError} from '@madang/protocol/errors';
import type {RequestHandler} from 'express';
import type {Identify} from '../identify.ts';

/**
 * A service key is good under every host name. Without Postgres, which knows the hosts of tenants, pages are served all
 * the same, and whatever needs the tenant asks again.
 */
export function hostCheck(identify: Pick<Identify, 'credentialOf' | 'tenantOf'>): RequestHandler {
  return async (req, _res, next) => {
    if (!isByKey(identify, req.headers)) {
      await identify.tenantOf(req).catch((error: unknown) => {
        if (error instanceof ChatError && error.code === 'misdirected') throw error;
      });
    }
    next();
  };
}

function isByKey(
  identify: Pick<Identify, 'credentialOf'>,
  headers: Parameters<Identify['credentialOf']>[0],
): boolean {
  try {
    return identify.credentialOf(headers)?.from === 'key';
  } catch {
    // Two credentials, or a wrong one: the step that needs one refuses them.
    return false;
  }
}
