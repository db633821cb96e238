/** Refuses calls under host names that are not the cluster's, before any check of origins. */
import {ChatError} from '@madang/protocol/errors';
import type {RequestHandler} from 'express';
import type {Identify} from '../identity/identify.ts';

/**
 * A service key is valid under every host name. Postgres knows the hosts of tenants. While it is away, pages are still
 * served, and calls that need the tenant ask again.
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
    // Two credentials, or a wrong one: the step that needs the credential refuses them.
    return false;
  }
}
