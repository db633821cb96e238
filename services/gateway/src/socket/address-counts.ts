/** Counts the open sockets of each address on this node, including those that have not been admitted yet. */
export class AddressCounts {
  readonly #open = new Map<string, number>();

  of(address: string): number {
    return this.#open.get(address) ?? 0;
  }

  /** Returns a function to call once, when the socket is closed. */
  opened(address: string): () => void {
    this.#open.set(address, this.of(address) + 1);
    return () => {
      const left = this.of(address) - 1;
      if (left > 0) this.#open.set(address, left);
      else this.#open.delete(address);
    };
  }
}
