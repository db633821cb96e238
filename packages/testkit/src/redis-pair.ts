import {join} from 'node:path';
import type {Child} from '@madang/processes/children';
import {findFreePort} from '@madang/processes/free-port';
import {startRedis} from '@madang/processes/redis';
import {startFaultProxy} from './fault-proxy.ts';
import {beginChildren} from './own-children.ts';
import {commandRedis, type PrivateRedis} from './redis.ts';
import {waitFor} from './wait-for.ts';

export type Running = {
  /** What a process takes from its environment to use it. */
  env: Record<string, string>;
  close(): Promise<void>;
};

export type RedisPair = Running & {
  /** The first primary first. */
  ports: [number, number];
  url(port: number): string;
  /** The port of the primary, as far as `swap` has moved it. */
  primary(): number;
  /** Makes the replica the primary without a loss, and the primary, which lives on, its replica. */
  swap(): Promise<void>;
  /** Ends the primary as a crash does. */
  kill(): Promise<void>;
  /** Ends the primary in order. */
  stop(): Promise<void>;
  /** Starts it again, as a primary. */
  start(): Promise<void>;
  /** Freezes it: connections stay open, nothing is answered. */
  pause(): void;
  resume(): void;
  /** The process of one of the two. */
  child(port: number): Child;
  /** Starts one of the two again, as a primary. */
  restart(port: number): Promise<void>;
};

export type PairOptions = {
  password?: string;
  users?: string[];
  settings?: Record<string, string | number>;
};

/** Starts a primary and a replica that follows it. */
export async function startRedisPair(options: PairOptions = {}): Promise<RedisPair> {
  const {dir, children, close} = beginChildren();
  const ports: [number, number] = [await findFreePort(), await findFreePort()];
  const auth: Record<string, string> = options.password === undefined ? {} : {masterauth: options.password};
  const start = (index: number, replicaOf?: number) =>
    startRedis({
      children,
      dir: join(dir, `redis-${index}`),
      name: `redis-${index}`,
      port: ports[index]!,
      appendOnly: true,
      ...options,
      settings: {...auth, ...options.settings, ...(replicaOf && {replicaof: `127.0.0.1 ${replicaOf}`})},
    });
  const servers = [await start(0), await start(1, ports[0])];
  let first = 0;
  const primary = () => servers[first]!;
  const url = (port: number) => Object.assign(new URL(primary().url), {port: String(port)}).href;
  const untilFollows = (port: number) =>
    waitFor(
      async () => (await commandRedis(url(port), 'info', 'replication')).includes('master_link_status:up'),
      {
        timeoutMs: 20_000,
        what: 'the replica',
      },
    );
  await untilFollows(ports[1]);

  const restart = async (port: number) => {
    servers[ports.indexOf(port)] = await start(ports.indexOf(port));
  };
  return {
    env: {REDIS_URL: primary().url},
    ports,
    url,
    close,
    primary: () => ports[first]!,
    async swap() {
      const [from, to] = [ports[first]!, ports[1 - first]!];
      await untilFollows(to);
      await commandRedis(url(from), 'failover', 'to', '127.0.0.1', String(to));
      first = 1 - first;
      await untilFollows(from);
    },
    async kill() {
      primary().child.kill('SIGKILL');
      await primary().child.exited;
    },
    async stop() {
      await primary().child.stop();
    },
    start: () => restart(ports[first]!),
    child: (port) => servers[ports.indexOf(port)]!.child,
    restart,
    pause: () => primary().child.kill('SIGSTOP'),
    resume: () => primary().child.kill('SIGCONT'),
  };
}

export type NamedRedis = PrivateRedis & {
  /** Makes the replica the primary, and the primary, which lives on, its replica. The name still leads to the latter. */
  demote(): Promise<void>;
  /** Points the name to the primary. Open connections stay where they are. */
  moveName(): void;
};

/** Starts a primary and a replica behind one name, as managed services have them. */
export async function startNamedRedis(): Promise<NamedRedis> {
  const pair = await startRedisPair();
  const name = await startFaultProxy({port: pair.primary()});
  return {
    ...pair,
    url: name.url(pair.url(pair.primary())),
    port: name.port,
    demote: () => pair.swap(),
    moveName: () => name.move(pair.primary()),
    async close() {
      await name.close();
      await pair.close();
    },
  };
}
