/**
 * A node with many hosted rooms in which nothing happens. It measures the pulse's cost in Postgres, event loop and network.
 */
import {randomUUID} from 'node:crypto';
import {createServer, connect, type AddressInfo} from 'node:net';
import {createPulse} from '@madang/database/delivery/pulse';
import {LaggingRooms} from '@madang/gateway/delivery/lagging-rooms';
import {NodePulse} from '@madang/gateway/delivery/pulse';
import {Feeds} from '@madang/gateway/delivery/feeds';
import {createGatewayMetrics} from '@madang/gateway/metrics';
import {createLogger} from '@madang/runtime/log';
import {createMetrics} from '@madang/runtime/metrics';
import {spreadOf} from '../pairs.ts';
import {backendsMs, open, round, setStage} from './stage.ts';

type Plan = {rooms: number; pulses: number};

export async function measureQuietNode({url}: {url: string}, {rooms: count, pulses}: Plan) {
  const owner = open(url, 'bench');
  const {rooms} = await setStage(owner, count);
  const wire = await countBytes(Number(new URL(url).port));
  const throughWire = new URL(url);
  throughWire.port = String(wire.port);
  const db = open(throughWire.href, 'quiet');
  const node = startNode(
    db,
    rooms.map(({id}) => id),
  );
  await node.start();
  // The first calls prepare plans and compile code.
  for (let no = 0; no < pulses; no += 1) await node.beat();

  const loopMs: number[] = [];
  const [bytes, ranMs] = [wire.bytes(), await backendsMs(owner, 'quiet pulse')];
  for (let no = 0; no < pulses; no += 1) {
    const before = process.cpuUsage();
    await node.beat();
    const {user, system} = process.cpuUsage(before);
    loopMs.push((user + system) / 1_000);
  }
  const postgresMs = ((await backendsMs(owner, 'quiet pulse')) - ranMs) / pulses;
  const result = {
    rooms: count,
    postgresMs: round(postgresMs),
    nodeMs: round(spreadOf(loopMs).median),
    bytes: Math.round((wire.bytes() - bytes) / pulses),
  };
  await node.stop();
  for (const each of [db, owner]) await each.close();
  await wire.close();
  return result;
}

function startNode(db: ReturnType<typeof open>, roomIds: string[]) {
  const [metrics, log] = [
    createGatewayMetrics(createMetrics(), 'bench'),
    createLogger({name: 'bench', level: 'silent'}),
  ];
  const question = createPulse(db, {nodeId: randomUUID(), leaseMs: 8_000, deadlineMs: 60_000});
  const feeds = new Feeds({
    adapter: () => ({addAll() {}, del() {}}) as never,
    redis: {isUp: () => true, subscriber: {ping: async () => 'PONG'}},
    readLog: () => Promise.reject(new Error('nothing moves')),
    readMemberships: async () => undefined,
    readStandings: async () => [],
    isFresh: () => true,
    gapWaitMs: () => 100,
    check() {},
    onEphemeral() {},
    metrics,
    log,
  });
  for (const roomId of roomIds) {
    const feed = feeds.host(roomId);
    feed.begin('someone');
    feed.open('1.1', 0);
  }
  let onBeat = () => {};
  const pulse = new NodePulse({pulse: question, everyMs: 3_600_000, maxAgeMs: 3_600_000, metrics, log});
  return {
    start: () =>
      pulse.start({
        feeds,
        // The rooms were opened by hand, so no reading is missing.
        lagging: new LaggingRooms({
          feeds: {all: () => [], get: (id) => feeds.get(id)},
          onLostEnd: async () => {},
          log,
        }),
        onSignals: async () => {},
        onLostTrack: async () => {},
        onFresh: () => onBeat(),
        onCaughtUp() {},
      }),
    beat: () =>
      new Promise<void>((resolve) => {
        onBeat = resolve;
        setImmediate(() => pulse.now());
      }),
    async stop() {
      await pulse.stop();
      await question.close();
    },
  };
}

/** A connection to Postgres on which the bytes of both directions are counted. */
async function countBytes(target: number) {
  let bytes = 0;
  const server = createServer({noDelay: true}, (client) => {
    const upstream = connect({port: target, host: '127.0.0.1', noDelay: true});
    for (const [from, to] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      from.on('data', (chunk) => {
        bytes += chunk.length;
        to.write(chunk);
      });
      from.on('close', () => to.destroy());
      from.on('error', () => to.destroy());
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    bytes: () => bytes,
    close: () => new Promise<unknown>((resolve) => server.close(resolve)),
  };
}
