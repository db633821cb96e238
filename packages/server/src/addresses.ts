import {pathBuilder} from '@madang/protocol/path';
import {ServerError} from './request.ts';

/** Builds the path of a call. If a value cannot be an id, it throws ServerError before anything is sent. */
export const path = pathBuilder((message) => new ServerError({code: 'invalid', message, retryable: false}));

/** Builds a query string. A list becomes one parameter per item; undefined fields are left out. */
export function queryOf(fields: Record<string, unknown>): URLSearchParams {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(fields)) {
    for (const each of Array.isArray(value) ? value : [value])
      if (each !== undefined) query.append(name, String(each));
  }
  return query;
}
