import {strict as assert} from 'node:assert';

/** A named state. It changes only as the table allows; any other change is a bug, and throws where it happens. */
export class Mode<Name extends string> {
  readonly #of: string;
  readonly #next: Readonly<Record<Name, readonly Name[]>>;
  #now: Name;

  constructor(of: string, first: Name, next: Readonly<Record<Name, readonly Name[]>>) {
    this.#of = of;
    this.#now = first;
    this.#next = next;
  }

  get now(): Name {
    return this.#now;
  }

  is(...names: readonly Name[]): boolean {
    return names.includes(this.#now);
  }

  enter(name: Name): void {
    assert(this.#next[this.#now].includes(name), `${this.#of} goes from ${this.#now} to ${name}`);
    this.#now = name;
  }
}
