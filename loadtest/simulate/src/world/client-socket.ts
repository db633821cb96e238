/**
 * Stands in for `socket.io-client` (see mutants/load.ts): the part of the socket that the SDK uses, over a simulated link.
 */
import type {Clock} from './clock.ts';
import type {Owner} from './task-queue.ts';
import type {End, Link} from './link.ts';

type Listener = (...args: never[]) => void;
type Acknowledge = (answer: unknown) => void;
export type Credentials = {auth?: {token?: string}; timeout?: number};
type Dial = (socket: ClientSocket, token: string) => Link;

/** How a client reaches a node while a schedule runs. */
let network: {clock: Clock; dial: Dial} | undefined;

export function useNetwork(given: {clock: Clock; dial: Dial} | undefined): void {
  network = given;
}

export function io(_url: string, {auth, timeout = 2_000}: Credentials = {}): ClientSocket {
  const {clock, dial} = network!;
  return new ClientSocket(clock.current, dial, auth?.token ?? '', timeout);
}

export class ClientSocket implements End {
  readonly owner: Owner;
  readonly #listeners = new Map<string, Listener>();
  readonly #calls = new Map<number, Acknowledge>();
  readonly #link: Link;
  readonly #timeout: NodeJS.Timeout;
  #onAny: Listener | undefined;
  #count = 0;
  #state: 'connecting' | 'open' | 'closed' = 'connecting';

  constructor(owner: Owner, dial: Dial, token: string, timeoutMs: number) {
    this.owner = owner;
    this.#link = dial(this, token);
    this.#link.attach(0, this);
    this.#timeout = setTimeout(() => this.#fail(new Error('timeout')), timeoutMs);
  }

  on(event: string, listener: Listener): this {
    this.#listeners.set(event, listener);
    return this;
  }

  onAny(listener: Listener): void {
    this.#onAny = listener;
  }

  offAny(): void {
    this.#onAny = undefined;
  }

  removeAllListeners(): void {
    this.#listeners.clear();
  }

  emit(event: string, input: unknown, acknowledge: Acknowledge): void {
    const call = this.#count++;
    this.#calls.set(call, acknowledge);
    this.#link.send(0, JSON.stringify({event, input, call}));
  }

  disconnect(): void {
    clearTimeout(this.#timeout);
    if (this.#state === 'closed') return;
    this.#state = 'closed';
    this.#link.close(0);
  }

  /** Breaks the underlying connection. */
  cut(): void {
    this.#link.cut();
  }

  receive(message: unknown): void {
    if (this.#state === 'closed') return;
    const [event, payload] = message as [string, never];
    if (event === 'answer') return this.#answered(payload);
    if (event === 'refused') return this.#fail(Object.assign(new Error('refused'), {data: payload}));
    if (event === 'welcome') {
      clearTimeout(this.#timeout);
      this.#state = 'open';
      return this.#tell('connect');
    }
    this.#onAny?.(event as never, payload);
    this.#tell(event, payload);
  }

  closed(): void {
    if (this.#state === 'connecting') return this.#fail(new Error('transport closed'));
    if (this.#state === 'closed') return;
    this.#state = 'closed';
    this.#tell('disconnect');
  }

  #answered({call, answer}: {call: number; answer: unknown}): void {
    const acknowledge = this.#calls.get(call);
    this.#calls.delete(call);
    acknowledge?.(answer);
  }

  #fail(error: Error): void {
    if (this.#state !== 'connecting') return;
    clearTimeout(this.#timeout);
    this.#state = 'closed';
    this.#link.close(0);
    this.#tell('connect_error', error as never);
  }

  #tell(event: string, ...args: never[]): void {
    this.#listeners.get(event)?.(...args);
  }
}
