import {createServer, connect} from 'node:net';
import type {AddressInfo, Socket} from 'node:net';

/**
 * - `pass`: forwards everything.
 * - `blackhole`: accepts and keeps connections and forwards nothing, like a network that drops packets. What arrives
 *   meanwhile is forwarded once the mode is `pass` again, as TCP would.
 * - `mute`, `deaf`: the same in one direction; the server does not receive, or the client does not.
 * - `reset`: cuts every connection, and each new one at once.
 */
export type Fault = 'pass' | 'blackhole' | 'mute' | 'deaf' | 'reset';

export interface FaultProxy {
  /** The port to connect to instead of the target's. */
  port: number;
  /** The target's address by way of the proxy: same scheme, user, password and path. */
  url(target: string): string;
  set(fault: Fault): void;
  /** Cuts all current connections once. New ones pass. */
  cut(): void;
  /** Cuts each current connection in the middle of the next data that it carries. */
  tear(): void;
  /** Delays all further data, in each direction. */
  delay(latencyMs: number): void;
  /** Carries all further data in pieces of this many bytes. */
  slice(bytes: number): void;
  /** Directs new connections to another target, and cuts the current ones. */
  retarget(port: number): void;
  /** Directs new connections to another target, as a name does that moves. The current ones stay where they are. */
  move(port: number): void;
  connections(): number;
  close(): Promise<void>;
}

/** Stands on a free port of 127.0.0.1 between a process and a server, and fails on command while both live on. */
export async function startFaultProxy(target: {host?: string; port: number}): Promise<FaultProxy> {
  const pairs = new Set<Pair>();
  let fault: Fault = 'pass';
  let {port: targetPort} = target;
  const shape: Shape = {latencyMs: 0, sliceBytes: Infinity};

  const server = createServer({noDelay: true}, (client) => {
    if (fault === 'reset') {
      client.on('error', () => undefined);
      client.resetAndDestroy();
      return;
    }
    const upstream = connect({host: target.host ?? '127.0.0.1', port: targetPort, noDelay: true});
    const pair = new Pair(client, upstream, shape);
    pairs.add(pair);
    pair.onClose(() => pairs.delete(pair));
    pair.set(fault);
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
      else for (const pair of pairs) pair.set(next);
    },
    cut,
    tear: () => {
      for (const pair of pairs) pair.tear();
    },
    delay: (ms) => {
      shape.latencyMs = ms;
    },
    slice: (bytes) => {
      shape.sliceBytes = bytes;
    },
    retarget: (to) => {
      targetPort = to;
      cut();
    },
    move: (to) => {
      targetPort = to;
    },
    connections: () => pairs.size,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        cut();
      }),
  };
}

/** How data is carried, for all connections. */
type Shape = {latencyMs: number; sliceBytes: number};

/** A client's connection and the one to the target. */
class Pair {
  readonly #sockets: [Socket, Socket];
  readonly #shape: Shape;
  #fault: Fault = 'pass';
  #isToBeTorn = false;

  constructor(client: Socket, upstream: Socket, shape: Shape) {
    this.#sockets = [client, upstream];
    this.#shape = shape;
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

  set(fault: Fault): void {
    this.#fault = fault;
    for (const socket of this.#sockets) {
      if (this.#flows(socket)) socket.resume();
      else socket.pause();
    }
  }

  tear(): void {
    this.#isToBeTorn = true;
  }

  reset(): void {
    for (const socket of this.#sockets) socket.resetAndDestroy();
  }

  #flows(from: Socket): boolean {
    const isClient = from === this.#sockets[0];
    return this.#fault === 'pass' || this.#fault === (isClient ? 'deaf' : 'mute');
  }

  #tearAt(to: Socket, chunk: Buffer): void {
    to.write(chunk.subarray(0, Math.floor(chunk.length / 2)), () => this.reset());
  }

  #carry(from: Socket, to: Socket): void {
    const later = inOrder(() => this.#shape.latencyMs);
    from.on('data', (chunk: Buffer) => {
      later(() => {
        if (to.destroyed) return;
        if (this.#isToBeTorn) return this.#tearAt(to, chunk);
        if (write(to, chunk, this.#shape.sliceBytes)) return;
        from.pause();
        to.once('drain', () => this.#flows(from) && from.resume());
      });
    });
    from.on('end', () => later(() => to.end()));
    from.on('error', () => to.destroy());
    from.on('close', () => {
      if (from.errored) to.destroy();
    });
  }
}

/** Whether the receiver accepts more data now. */
function write(to: Socket, chunk: Buffer, sliceBytes: number): boolean {
  let takesMore = true;
  for (let from = 0; from < chunk.length; from += sliceBytes) {
    takesMore = to.write(chunk.subarray(from, from + sliceBytes));
  }
  return takesMore;
}

/** Acts after the current latency, yet never before an earlier action: bytes keep their order. */
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
