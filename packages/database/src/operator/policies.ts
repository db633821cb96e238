/** Replacing a tenant's policy. The database stores the document unchecked: the caller must have parsed it. */
import type {Policy} from '@madang/protocol/policy';
import {call, type Database} from '../connections/pool.ts';
import {newId} from '../ids.ts';
import {acting, actingValues, type Acting} from './audit.ts';

export type NewPolicy = {
  tenantId: string;
  policy: Policy;
  /** The version that the policy is based on; without it any version is replaced. */
  version?: number;
  /** The paths that differ, for the audit log. */
  changes: readonly string[];
};

function valuesOf({tenantId, policy, version, changes}: NewPolicy) {
  const roomIds = policy.defaultRooms.map(newId);
  return [tenantId, version, JSON.stringify(policy), roomIds, JSON.stringify(changes)];
}

const setStatement = {name: '', text: 'select set_policy($1, $2, $3, $4::uuid[], $5) as answer'};

/**
 * Replaces the policy as an operator. Later writes obey it at once, and every node does after two seconds.
 *
 * Throws `conflict` with the `version` if another version is stored, and `invalid` if the new policy lacks a type that
 * rooms have.
 */
export function setPolicy(db: Database, given: NewPolicy): Promise<{version: number}> {
  return call(db, setStatement, valuesOf(given));
}

const patchStatement = acting(
  {name: 'patch_policy', text: 'select patch_policy($1, $2, $3, $4::uuid[], $6, $5) as answer'},
  6,
);

/** Does setPolicy as a service of the tenant. `forbidden` with the `path` of a rule that only operators change. */
export function patchPolicy(
  db: Database,
  given: NewPolicy & {actorId: string},
  by?: Acting,
): Promise<{version: number}> {
  return call(db, patchStatement, [...valuesOf(given), given.actorId, ...actingValues(by)]);
}
