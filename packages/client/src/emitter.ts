type Listener<Payload> = (payload: Payload) => void;

/** Typed listeners. A listener that throws stops neither the others nor the emitting code. */
export class Emitter<Events> {
  readonly #listeners = new Map<keyof Events, Set<Listener<never>>>();

  /** Subscribes; the returned function unsubscribes. */
  on<Name extends keyof Events>(name: Name, listener: Listener<Events[Name]>): () => void {
    const listeners = this.#listeners.get(name) ?? new Set();
    this.#listeners.set(name, listeners);
    // Wrapped, so that the same function subscribed twice is called twice and unsubscribed one at a time.
    const entry: Listener<Events[Name]> = (payload) => listener(payload);
    listeners.add(entry);
    return () => void listeners.delete(entry);
  }

  /** Resolves with the payload of the next event of this name. */
  once<Name extends keyof Events>(name: Name): Promise<Events[Name]> {
    return new Promise((resolve) => {
      const off = this.on(name, (payload) => {
        off();
        resolve(payload);
      });
    });
  }

  emit<Name extends keyof Events>(name: Name, payload: Events[Name]): void {
    for (const listener of Array.from(this.#listeners.get(name) ?? [])) {
      try {
        (listener as Listener<Events[Name]>)(payload);
      } catch (error) {
        // An error is reported as uncaught, as any event target does, but only after the frame has been applied.
        queueMicrotask(() => {
          throw error;
        });
      }
    }
  }
}
