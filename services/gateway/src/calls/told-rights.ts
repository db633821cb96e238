import type {Tenant} from '@madang/database/operator/tenants';
import type {Right} from '@madang/protocol/policy';
import type {Caller} from '../context.ts';
import {rightsOf} from './rights.ts';

export type Ruling = Pick<Tenant, 'policy' | 'policyVersion'>;

/** What a connection's user may do outside of rooms, by the newest policy that the connection has met, and its client's view of it. */
export class ToldRights {
  readonly #tell: (may: Right[]) => void;
  #policyVersion = -Infinity;
  #may: Right[] = [];
  #isTold = false;

  constructor(tell: (may: Right[]) => void) {
    this.#tell = tell;
  }

  /** Tells the client what has changed since it was told. Answers of Postgres may overtake one another, so an older policy is passed over. */
  rule({policy, policyVersion}: Ruling, caller: Pick<Caller, 'key' | 'user'>): void {
    if (policyVersion < this.#policyVersion) return;
    this.#policyVersion = policyVersion;
    const before = this.#may;
    this.#may = rightsOf(policy, caller);
    if (this.#isTold && this.#may.join() !== before.join()) this.#tell(this.#may);
  }

  /** For the answer that tells the client: from now on it is told changes. */
  told(): Right[] {
    this.#isTold = true;
    return this.#may;
  }
}
