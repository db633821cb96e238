import type {Tenant} from '@madang/database/operator/tenants';
import type {Right} from '@madang/protocol/policy';
import type {Caller} from '../context.ts';
import {rightsOf} from './rights.ts';

export type VersionedPolicy = Pick<Tenant, 'policy' | 'policyVersion'>;

/** What a connection's user may do outside of rooms by the newest policy seen, and what its client was last told. */
export class ToldRights {
  readonly #tell: (may: Right[]) => void;
  #policyVersion = -Infinity;
  #may: Right[] = [];
  #isTold = false;

  constructor(tell: (may: Right[]) => void) {
    this.#tell = tell;
  }

  /** Tells the client changed rights. Postgres's answers may overtake one another, so an older policy is skipped. */
  applyPolicy({policy, policyVersion}: VersionedPolicy, caller: Pick<Caller, 'key' | 'user'>): void {
    if (policyVersion < this.#policyVersion) return;
    this.#policyVersion = policyVersion;
    const before = this.#may;
    this.#may = rightsOf(policy, caller);
    if (this.#isTold && this.#may.join() !== before.join()) this.#tell(this.#may);
  }

  /** Returns the rights for the answer that tells the client; from then on, only changes are told. */
  told(): Right[] {
    this.#isTold = true;
    return this.#may;
  }
}
