/** Who waits, by address: each address has one turn before any has its next. */
export function createTurns() {
  const waiting = new Map<string, (() => void)[]>();
  let size = 0;
  return {
    size: () => size,
    wait: (address: string): Promise<void> =>
      new Promise((resolve) => {
        size += 1;
        const line = waiting.get(address);
        if (line) line.push(resolve);
        else waiting.set(address, [resolve]);
      }),
    /** Wakes the next one; false if nobody waits. */
    next(): boolean {
      const [first] = waiting;
      if (!first) return false;
      const [address, line] = first;
      size -= 1;
      waiting.delete(address);
      line.shift()?.();
      if (line.length > 0) waiting.set(address, line);
      return true;
    },
  };
}
