/** How many sockets of each address are open on this node, those that have not been admitted yet among them. */
export class AddressCounts {
  readonly #open = new Map<string, number>();

  of(address: string): number {
    return this.#open.get(address) ?? 0;
  }

  /** Returns what must be called once, when it is closed. */
  opened(address: string): () => void {
    this.#open.set(address, this.of(address) + 1);
    return () => {
      const left = this.of(address) - 1;
      if (left > 0) this.#open.set(address, left);
      else this.#open.delete(address);
    };
  }
}
