import type {PeerReport} from '@madang/database/delivery/node-probes';
import {createMetrics} from '@madang/runtime/metrics';
import {expect, test} from 'vitest';
import {createLogger} from '@madang/runtime/log';
import {createGatewayMetrics} from '../metrics.ts';
import {Probe, type Canary} from './probe.ts';

/** Nodes in one process, on virtual time, with faults between each of them and Redis. */
class World {
  now = 1_000_000;
  isPostgresUp = true;
  isRedisUp = true;
  readonly nodes: {id: string; probe: Probe; isDeaf: boolean; isMute: boolean; isFrozen: boolean}[] = [];
  readonly #reports = new Map<string, {report: PeerReport; until: number}>();
  #seat: {id: string; until: number} | undefined;

  add(id: string): this {
    const metrics = createGatewayMetrics(createMetrics(), 'test');
    const log = createLogger({name: 'test', level: 'silent'});
    const node = {
      id,
      isDeaf: false,
      isMute: false,
      isFrozen: false,
      probe: new Probe({
        nodeId: id,
        send: (canary) => this.#carry(id, canary),
        exchange: async (own) => this.#exchange(own),
        mayStepAside: async () => this.#takeSeat(id),
        stepBack: async () => void (this.#seat = undefined),
        metrics,
        log,
        now: () => this.now,
      }),
    };
    this.nodes.push(node);
    return this;
  }

  node(id: string) {
    return this.nodes.find((each) => each.id === id)!;
  }

  async run(seconds: number): Promise<void> {
    for (let second = 0; second < seconds; second += 1) {
      this.now += 1_000;
      for (const {probe, isFrozen} of this.nodes) if (!isFrozen) await probe.tick();
    }
  }

  failures(): Record<string, string> {
    return Object.fromEntries(
      this.nodes.flatMap(({id, probe}) => (probe.failure ? [[id, probe.failure]] : [])),
    );
  }

  #carry(from: string, canary: Canary): void {
    if (!this.isRedisUp || this.node(from).isMute) return;
    for (const {probe, isDeaf, isFrozen} of this.nodes) if (!isDeaf && !isFrozen) probe.receive(canary);
  }

  #exchange(own: PeerReport): PeerReport[] {
    if (!this.isPostgresUp) throw new Error('no Postgres');
    this.#reports.set(own.id, {report: own, until: this.now + 4_000});
    return [...this.#reports.values()]
      .filter(({report, until}) => report.id !== own.id && until > this.now)
      .map(({report}) => report);
  }

  #takeSeat(id: string): boolean {
    if (this.#seat && this.#seat.id !== id && this.#seat.until > this.now) return false;
    this.#seat = {id, until: this.now + 4_000};
    return true;
  }
}

async function cluster(...ids: string[]): Promise<World> {
  const world = ids.reduce((made, id) => made.add(id), new World());
  await world.run(10);
  expect(world.failures()).toEqual({});
  return world;
}

test.each([
  [{isDeaf: true}, 'deaf'],
  [{isMute: true}, 'mute'],
  [{isDeaf: true, isMute: true}, 'deaf and mute'],
] as const)(
  'one of three that is %j steps aside within 6 s, and returns within 2 s',
  async (fault, direction) => {
    const world = await cluster('a', 'b', 'c');

    Object.assign(world.node('b'), fault);
    await world.run(4);
    expect(world.failures()).toEqual({});
    await world.run(2);
    expect(world.failures()).toEqual({b: direction});
    await world.run(60);
    expect(world.failures()).toEqual({b: direction});

    Object.assign(world.node('b'), {isDeaf: false, isMute: false});
    await world.run(2);
    expect(world.failures()).toEqual({});
  },
);

test('never more than one steps aside, and the next one only once the first has returned', async () => {
  const world = await cluster('a', 'b', 'c', 'd');

  world.node('a').isDeaf = true;
  world.node('b').isDeaf = true;
  await world.run(20);
  const [first] = Object.keys(world.failures());
  expect(Object.keys(world.failures())).toHaveLength(1);
  world.node(first!).isDeaf = false;
  await world.run(3);

  expect(Object.keys(world.failures())).toEqual([first === 'a' ? 'b' : 'a']);
});

test('nobody steps aside because Redis or Postgres is down for all', async () => {
  const world = await cluster('a', 'b', 'c');
  for (const store of ['isRedisUp', 'isPostgresUp'] as const) {
    world[store] = false;
    for (let second = 0; second < 20; second += 1) {
      await world.run(1);
      expect(world.failures()).toEqual({});
    }
    world[store] = true;
    for (let second = 0; second < 20; second += 1) {
      await world.run(1);
      expect(world.failures()).toEqual({});
    }
  }
});

test('a node that has stepped aside serves again while Postgres is away: nobody knows how others fare', async () => {
  const world = await cluster('a', 'b');
  world.node('a').isDeaf = true;
  await world.run(8);
  expect(world.failures()).toEqual({a: 'deaf'});

  world.isPostgresUp = false;
  await world.run(1);

  expect(world.failures()).toEqual({});
});

test('a node alone, and one that wakes from a pause, go on', async () => {
  const alone = await cluster('a');
  alone.node('a').isDeaf = true;
  await alone.run(20);
  expect(alone.failures()).toEqual({});

  const world = await cluster('a', 'b', 'c');
  world.node('a').isFrozen = true;
  await world.run(30);
  world.node('a').isFrozen = false;
  for (let second = 0; second < 10; second += 1) {
    await world.run(1);
    expect(world.failures()).toEqual({});
  }
});

test('nodes of the release before send no canaries, and are missed by nobody', async () => {
  const world = await cluster('a');

  world.add('b');
  world.node('b').isFrozen = true;
  await world.run(60);

  expect(world.failures()).toEqual({});
});
