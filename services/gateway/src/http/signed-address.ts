/** Identifies the caller behind a signed image address. */
import {findKeyHolderById} from '@madang/database/access/key-holders';
import type {Database} from '@madang/database/connections/pool';
import {getUser} from '@madang/database/users/users';
import {ChatError} from '@madang/protocol/errors';
import type {Caller} from '../context.ts';
import {readFileSignature, type SignedReader} from '../files/file-signatures.ts';

/**
 * The caller who had the address signed. Rights are checked as usual: those of the user, and the key's current scopes.
 * Throws `unauthenticated` if the signature, the user or the key is no longer valid.
 */
export async function callerOfSignature(
  db: Database,
  {fileId = '', signature}: {fileId?: string | undefined; signature: string},
  secrets: readonly string[],
): Promise<Caller> {
  const reader = readFileSignature(fileId, signature, secrets);
  const caller = reader && (await findCaller(db, reader));
  if (caller) return caller;
  throw new ChatError('unauthenticated', {
    message: 'This address has expired. Ask `file:sign` for another one.',
  });
}

async function findCaller(db: Database, reader: SignedReader): Promise<Caller | undefined> {
  const {tenantId, keyId} = reader;
  const {user, disabledAt} = (await findStored(db, reader)) ?? {};
  if (!user || disabledAt) return undefined;
  const caller = {user, tenantId, sessionHash: ''};
  if (keyId === undefined) return caller;
  const holder = await findKeyHolderById(db, {keyId});
  if (holder?.ended !== null) return undefined;
  const key = {id: keyId, scopes: holder.scopes};
  return holder.user.id === user.id ? {...caller, key} : {...caller, key, service: holder.user};
}

async function findStored(db: Database, reader: SignedReader) {
  try {
    return await getUser(db, reader);
  } catch (error) {
    if (error instanceof ChatError && error.code === 'not_found') return undefined;
    throw error;
  }
}
