import {listKeysOf} from '@madang/database/access/key-list';
import type {ListKeysInput, ListKeysResult} from '@madang/protocol/keys';
import type {Handler, SignedInContext} from '../context.ts';
import type {KeysNeeds} from './needs.ts';

/** Lists the tenant's keys, newest first. */
export const listKeys: Handler<SignedInContext<KeysNeeds>, ListKeysInput, ListKeysResult> = (
  {node, caller},
  page,
) => listKeysOf(node.db, {...page, tenantId: caller.tenantId});
