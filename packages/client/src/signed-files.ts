import {limits} from '@madang/protocol/limits';
import type {Calls} from './wire.ts';

type Signed = Calls['file:sign']['result']['files'][number];
type Asking = {id: string; resolve: (signed: Signed) => void; reject: (error: unknown) => void};

/** An address is not returned in its last minutes, because an image may be loaded some time after its place was drawn. */
const spareMs = 5 * 60_000;
const maxKept = 5_000;

/** Addresses of images that need no credential. Those needed at the same time are requested from the server together. */
export class SignedFiles {
  readonly #sign: (ids: string[]) => Promise<Signed[]>;
  readonly #kept = new Map<string, Promise<Signed>>();
  #asking: Asking[] = [];

  constructor(sign: (ids: string[]) => Promise<Signed[]>) {
    this.#sign = sign;
  }

  async address(id: string): Promise<Signed> {
    const held = this.#kept.get(id);
    if (held !== undefined) {
      const signed = await held;
      if (Date.parse(signed.expiresAt) - spareMs > Date.now()) return signed;
      // Another caller may have just asked again.
      if (this.#kept.get(id) === held) this.#kept.delete(id);
    }
    return this.#kept.get(id) ?? this.#ask(id);
  }

  /** Forgets the addresses, because they belong to the user who asked for them. */
  forget(): void {
    this.#kept.clear();
  }

  #ask(id: string): Promise<Signed> {
    const asked = new Promise<Signed>((resolve, reject) => {
      if (this.#asking.length === 0) queueMicrotask(() => void this.#send());
      this.#asking.push({id, resolve, reject});
    });
    if (this.#kept.size >= maxKept) this.#kept.delete(this.#kept.keys().next().value!);
    this.#kept.set(id, asked);
    asked.catch(() => {
      if (this.#kept.get(id) === asked) this.#kept.delete(id);
    });
    return asked;
  }

  async #send(): Promise<void> {
    const all = this.#asking;
    this.#asking = [];
    for (let at = 0; at < all.length; at += limits.filesSigned) {
      const some = all.slice(at, at + limits.filesSigned);
      try {
        const files = await this.#sign(some.map(({id}) => id));
        for (const [index, {resolve}] of some.entries()) resolve(files[index]!);
      } catch (error) {
        for (const {reject} of some) reject(error);
      }
    }
  }
}
