import {createServer, connect} from 'node:net';
import type {AddressInfo, Socket} from 'node:net';

/**
 * - `pass`: carries everything.
 * - `blackhole`: accepts and keeps connections and carries nothing, as a network that drops packets. What arrived
 *   meanwhile is carried once it passes again, as TCP would.
 * - `reset`: cuts every connection, and each new one at once.
 */
export type Fault = 'pass' | 'blackhole' | 'reset';

export interface FaultProxy {
  /** The port to connect to instead of the target's. */
  port: number;
  /** The target's address as it is through the proxy: same scheme, user, password and path. */
  url(target: string): string;
  set(fault: Fault): void;
  /** Cuts the connections of this moment once; new ones pass. */
  cut(): void;
  /** Delays what flows from now on, each way. */
  delay(latencyMs: number): void;
  connections(): number;
  close(): Promise<void>;
}

/** Stands on a free port of 127.0.0.1 between a process and a server, and fails on command while both live on. */
export async function startFaultProxy(target: {host?: string; port: number}): Promise<FaultProxy> {
  const pairs = new Set<Pair>();
  let fault: Fault = 'pass';
  let latencyMs = 0;

  const server = createServer({noDelay: true}, (client) => {
    if (fault === 'reset') {
      client.on('error', () => undefined);
      client.resetAndDestroy();
      return;
    }
    const upstream = connect({host: target.host ?? '127.0.0.1', port: target.port, noDelay: true});
    const pair = new Pair(client, upstream, () => latencyMs);
    pairs.add(pair);
    pair.onClose(() => pairs.delete(pair));
    pair.setFlowing(fault === 'pass');
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen({port: 0, host: '127.0.0.1'}, resolve);
  });
  const {port} = server.address() as AddressInfo;
  const cut = () => {
    for (const pair of pairs) pair.reset();
  };
  return {
    port,
    url: (address) => {
      const url = new URL(address);
      url.hostname = '127.0.0.1';
      url.port = String(port);
      return url.href;
    },
    set: (next) => {
      fault = next;
      if (next === 'reset') cut();
      else for (const pair of pairs) pair.setFlowing(next === 'pass');
    },
    cut,
    delay: (ms) => {
      latencyMs = ms;
    },
    connections: () => pairs.size,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        cut();
      }),
  };
}

/** A client's connection and the one to the target. */
class Pair {
  readonly #sockets: [Socket, Socket];
  readonly #latency: () => number;
  #flowing = true;

  constructor(client: Socket, upstream: Socket, latency: () => number) {
    this.#sockets = [client, upstream];
    this.#latency = latency;
    this.#carry(client, upstream);
    this.#carry(upstream, client);
  }

  /** Calls back once both ends are closed. */
  onClose(act: () => void): void {
    let open = this.#sockets.length;
    for (const socket of this.#sockets) {
      socket.once('close', () => {
        open -= 1;
        if (open === 0) act();
      });
    }
  }

  setFlowing(flowing: boolean): void {
    this.#flowing = flowing;
    for (const socket of this.#sockets) {
      if (flowing) socket.resume();
      else socket.pause();
    }
  }

  reset(): void {
    for (const socket of this.#sockets) socket.resetAndDestroy();
  }

  #carry(from: Socket, to: Socket): void {
    const later = inOrder(this.#latency);
    from.on('data', (chunk) => {
      later(() => {
        if (to.destroyed || to.write(chunk)) return;
        from.pause();
        to.once('drain', () => this.#flowing && from.resume());
      });
    });
    from.on('end', () => later(() => to.end()));
    from.on('error', () => to.destroy());
    from.on('close', () => {
      if (from.errored) to.destroy();
    });
  }
}

/** Acts after the latency of the moment, yet never before what was asked for earlier: bytes keep their order. */
function inOrder(latency: () => number): (act: () => void) => void {
  const waiting: {act: () => void; dueAt: number}[] = [];
  const next = () => {
    waiting.shift()?.act();
    const following = waiting[0];
    if (following) setTimeout(next, Math.max(0, following.dueAt - performance.now()));
  };
  return (act) => {
    const ms = latency();
    if (ms === 0 && waiting.length === 0) {
      act();
      return;
    }
    waiting.push({act, dueAt: performance.now() + ms});
    if (waiting.length === 1) setTimeout(next, ms);
  };
}
