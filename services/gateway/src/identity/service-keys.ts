/** Service keys as credentials: whom a key stands for, and which keys this node knows to be valid. */
import {findKeyHolder, type KeyHolder} from '@madang/database/access/key-holders';
import type {Database} from '@madang/database/connections/pool';
import {ChatError} from '@madang/protocol/errors';
import {keepNewest} from '@madang/runtime/keep-newest';
import type {KeyCredential} from './credentials.ts';
import {createKeyUses} from './key-uses.ts';

/** The refusal of a key that was valid once. Its caller holds the secret, so it may learn why the key ended. */
export class EndedKey extends ChatError {
  readonly holder: KeyHolder;

  constructor(holder: KeyHolder) {
    const because =
      holder.ended === 'disabled' ? 'belongs to a service that is disabled' : `was ${holder.ended}`;
    super('unauthenticated', {
      message: holder.ended === 'expired' ? 'This key has expired.' : `This key ${because}.`,
    });
    this.holder = holder;
  }
}

const rememberedKeys = 10_000;

export function createServiceKeys(db: Database) {
  /** The tenant of each key that was valid when Postgres was last asked. */
  const goodKeys = new Map<string, string>();
  const uses = createKeyUses(db);

  /** The service that the key stands for, in its own tenant; undefined for an unknown key. Throws EndedKey. */
  async function load({keyHash}: KeyCredential) {
    const holder = await findKeyHolder(db, {keyHash});
    if (holder?.ended === null) keepNewest(goodKeys, keyHash, holder.tenantId, rememberedKeys);
    else goodKeys.delete(keyHash);
    if (!holder) return undefined;
    if (holder.ended !== null) throw new EndedKey(holder);
    const {user, tenantId, sessionEpoch, keyId, scopes, expiresAt} = holder;
    uses.note(keyId);
    return {
      user,
      tenantId,
      sessionHash: keyHash,
      epoch: sessionEpoch,
      expiresAt: expiresAt === null ? Infinity : Date.parse(expiresAt),
      key: {id: keyId, scopes},
    };
  }

  return {
    load,
    noteUse: uses.note,
    /** The tenant of a key that was valid when this node last asked; undefined says nothing about the key. */
    lastTenantOf: (keyHash: string) => goodKeys.get(keyHash),
    /** Whether the key is valid now. `beforeAsking` may refuse a key that this node does not know. */
    async isGood(keyHash: string, beforeAsking: () => Promise<void>): Promise<boolean> {
      if (goodKeys.has(keyHash)) return true;
      await beforeAsking();
      return (await findKeyHolder(db, {keyHash}))?.ended === null;
    },
  };
}
