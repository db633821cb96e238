/** Everything in one run: the stores, the nodes, the people with their devices, and what they have seen. */
import {History} from '@madang/verify/history/history';
import type {Owner as DeviceOwner} from '@madang/verify/generator/device';
import type {Violation} from '@madang/verify/checker/violation';
import type {Stored} from '@madang/verify/history/stored';
import type {Random} from '@madang/verify/random';
import type {User} from '@madang/protocol/users';
import {RawDevice} from '../devices/raw-device.ts';
import {SdkDevice} from '../devices/sdk-device.ts';
import type {Schedule} from '../schedule.ts';
import {wireEpoch} from '../store/reading.ts';
import type {Tables} from '../store/rows.ts';
import {Store} from '../store/store.ts';
import {markRestored} from '../store/writing.ts';
import {Bus} from './bus.ts';
import {useNetwork, type ClientSocket} from './client-socket.ts';
import type {Clock} from './clock.ts';
import {Owner} from './task-queue.ts';
import {Faults} from './faults.ts';
import {Link} from './link.ts';
import {SimulatedNode, type Session} from './node.ts';

export type Person = {user: User; devices: (SdkDevice | RawDevice)[]};

/** An end of a broken connection notices within this time. */
const longestCutMs = 3_000;
/** Incarnations are counted in seconds, and no restore is faster than that. */
const leastBetweenRestoresMs = 1_000;
/** As large as the seconds of a real clock, so that an incarnation from it is higher than a counted one. */
const startedAtSeconds = 1_700_000_000;
/** A connection that breaks early does so within this many packets. */
const mostPackets = 4;

const tokenOf = (session: string) => `mds_${session.replaceAll(/\W/g, '-')}`;
const uuid = (kind: number, no: number) => `0000000${kind}-0000-7000-8000-${String(no).padStart(12, '0')}`;

export class World {
  readonly clock: Clock;
  readonly random: Random;
  readonly pulseMs: number;
  readonly faults = new Faults();
  readonly store: Store;
  readonly bus: Bus;
  readonly history: History;
  readonly nodes: SimulatedNode[] = [];
  readonly people: Person[] = [];
  readonly roomIds: readonly string[];
  readonly owners = new Map<SdkDevice | RawDevice, Owner>();
  /** The device and the room of the last act. */
  readonly focus = {device: 0, room: 0};
  /** Periods in which something was done to nodes or stores. */
  readonly disturbed: {from: number; to: number}[] = [];
  readonly #sessions = new Map<string, Session>();
  readonly #links = new Map<Link, {client: Owner; node: SimulatedNode}>();
  /** Errors that the code threw and nobody caught. */
  readonly faultsOfCode: Violation[] = [];
  readonly #self = new Owner('the world');
  readonly #trouble: Pick<Faults, 'failing' | 'flaky'>;
  #count = 0;
  #isHealed = false;
  #restoredAt = -Infinity;

  constructor({nodes, rooms, ...faults}: Schedule, clock: Clock, random: Random) {
    this.roomIds = Array.from({length: rooms}, (_, index) => uuid(1, index + 1));
    this.clock = clock;
    this.random = random;
    const {pulseMs, failing, loss, doubles, busMs, statement, slowReads, verySlow, flaky} = faults;
    this.pulseMs = pulseMs;
    Object.assign(this.faults, {loss, doubles, busMs, statement, slowReads, verySlow});
    this.#trouble = {failing, flaky};
    this.store = new Store(clock, new Owner('Postgres'));
    this.bus = new Bus(this.clock, this.random, this.faults);
    this.history = new History(() => this.clock.now);
    useNetwork({clock: this.clock, dial: (socket, token) => this.#dial(socket, token)});
    for (let no = 0; no < nodes; no += 1) this.startNode(no);
    clock.runUntil(50);
    this.#fill();
    this.trouble();
  }

  /** Devices that the server has not ended. */
  get present(): (SdkDevice | RawDevice)[] {
    return this.devices.filter((device) => !(device instanceof RawDevice && device.isOver));
  }

  get devices(): (SdkDevice | RawDevice)[] {
    return this.people.flatMap(({devices}) => devices);
  }

  /** Returns a number that is used once. */
  count(): number {
    return ++this.#count;
  }

  newClientId(): string {
    return uuid(3, this.count());
  }

  noteFault(error: unknown): void {
    const what = `a promise was rejected, and nobody caught it: ${String(error)}`;
    this.faultsOfCode.push({invariant: 'liveness', what, evidence: []});
  }

  later(ms: number, run: () => void): void {
    this.clock.schedule(this.#self, ms, run);
  }

  /** Stops all faults and undoes them. */
  heal(): void {
    this.#isHealed = true;
    this.faults.heal();
    if (this.faults.isRedisDown) this.bus.comeBack();
    for (const [no, {owner}] of this.nodes.entries()) if (owner.isDead) this.startNode(no);
    for (const device of this.devices) {
      if (device instanceof SdkDevice) this.asDevice(device, () => device.connect());
    }
  }

  /** Turns the random faults on. */
  trouble(): void {
    this.#isHealed = false;
    Object.assign(this.faults, this.#trouble);
  }

  /** Whether every present device holds everything. */
  isSettled(): boolean {
    const {rooms, endedSessions} = this.store.tables;
    return this.present.every((device) => {
      if (endedSessions.has(device.owner.session)) return false;
      if (!device.isOnline || (device instanceof SdkDevice && device.isBusy)) return false;
      return [...rooms.values()].every((room) => {
        const at = device.cursor(room.id);
        if (!room.members.has(device.owner.userId)) return at === undefined;
        return at?.epoch === wireEpoch(room) && at.rev === room.head;
      });
    });
  }

  startNode(no: number): void {
    const old = this.nodes[no];
    if (old && !old.owner.isDead) return;
    const node = new SimulatedNode(`node ${no}.${this.count()}`, this);
    this.nodes[no] = node;
    this.clock.as(node.owner, () => void node.start());
  }

  /** Ends a node without notice. What it has sent still arrives. */
  killNode(node: SimulatedNode): void {
    node.owner.isDead = true;
    for (const [link, ends] of this.#links) if (ends.node === node) link.cut();
  }

  /** Breaks the current connection of a device. */
  drop(device: SdkDevice | RawDevice): void {
    this.disturb(longestCutMs);
    const client = this.owners.get(device);
    for (const [link, ends] of this.#links) if (ends.client === client) link.cut();
  }

  /** Reloads the page of a device: it disappears without notice, and a new one that knows nothing takes its place. */
  reload(device: SdkDevice | RawDevice): void {
    const person = this.people.find(({devices}) => devices.includes(device))!;
    const owner = this.owners.get(device)!;
    this.clock.as(owner, () => device.close());
    this.drop(device);
    owner.isDead = true;
    const {userId, session} = device.owner;
    const name = `${session}#${this.count()}`;
    const isRaw = device instanceof RawDevice;
    person.devices[person.devices.indexOf(device)] = this.#startDevice(
      {userId, session, device: name},
      isRaw,
    );
  }

  /**
   * Replaces the stored data with the content of a backup, and starts what is not running. Nodes that were not stopped
   * must find out by themselves.
   */
  restore(tables: Tables, afterMs: number, {areStopped}: {areStopped: boolean}): void {
    if (this.#isHealed || this.clock.now < this.#restoredAt + leastBetweenRestoresMs) return;
    this.#restoredAt = this.clock.now;
    if (areStopped) for (const node of this.nodes) if (!node.owner.isDead) this.killNode(node);
    this.store.replace(markRestored(tables, startedAtSeconds + Math.floor(this.clock.now / 1_000)));
    const {incarnation} = this.store.tables.cluster;
    this.history.beginAgain((epoch) => !epoch.startsWith(`${incarnation}.`));
    this.disturb(afterMs + 3_000);
    this.later(afterMs, () => {
      for (const no of this.nodes.keys()) this.startNode(no);
    });
  }

  asDevice<Result>(device: SdkDevice | RawDevice, act: () => Result): Result {
    return this.clock.as(this.owners.get(device)!, act);
  }

  disturb(ms: number): void {
    this.disturbed.push({from: this.clock.now, to: this.clock.now + ms});
  }

  stored(): Stored {
    const rooms = [...this.store.tables.rooms.values()];
    return {
      rooms: rooms.map((room) => ({
        id: room.id,
        epoch: wireEpoch(room),
        head: room.head,
        capacity: null,
        memberCount: room.members.size,
        isClosed: false,
      })),
      messages: rooms.flatMap(({id, messages}) =>
        messages.map(({seq, rev, sender, clientId, text, deletedAt}) => ({
          roomId: id,
          seq,
          rev,
          senderId: sender.id,
          clientId,
          text,
          isDeleted: deletedAt !== undefined,
          mentions: [],
          replyTo: null,
        })),
      ),
      spans: rooms.flatMap(({id, spans}) =>
        spans.map(({userId, joinedAt, leftAt = null}) => ({roomId: id, userId, joinedAt, leftAt})),
      ),
      memberships: rooms.flatMap(({id, members}) =>
        [...members.values()].map(({userId, joinedAt, readSeq}) => ({roomId: id, userId, joinedAt, readSeq})),
      ),
    };
  }

  /** Three people, each with a client of either kind, and a passer-by. The first person owns the rooms. */
  #fill(): void {
    for (const no of [1, 2, 3, 4]) this.#addPerson(no);
    for (const [no, id] of this.roomIds.entries()) {
      const members = new Map();
      const spans = [];
      for (const {user} of no === 0 ? this.people : this.people.slice(0, 1)) {
        const role = user === this.people[0]!.user ? 'owner' : 'member';
        members.set(user.id, {userId: user.id, role, joinedAt: 1, readSeq: 0, createdAt: -10_000});
        spans.push({userId: user.id, joinedAt: 1});
      }
      const {cluster} = this.store.tables;
      const room = {
        cluster,
        id,
        title: `room ${no}`,
        epoch: 1,
        head: 0,
        activeAt: no,
        messages: [],
        spans,
        members,
      };
      this.store.tables.rooms.set(id, room);
    }
  }

  #addPerson(no: number): void {
    const name = `person ${no}`;
    const user = {id: uuid(2, no), kind: 'account', name, displayName: name, color: '#000000'} as User;
    this.store.tables.users.set(user.id, user);
    const person: Person = {user, devices: []};
    this.people.push(person);
    const isRaw = no === 1 ? [false] : no === 4 ? [true] : [false, true];
    for (const raw of isRaw) this.#addDevice(person, raw);
  }

  #addDevice(person: Person, isRaw: boolean): void {
    const device = `${person.user.name}/${isRaw ? 'raw' : 'sdk'}`;
    const owner = {userId: person.user.id, session: device, device};
    this.#sessions.set(tokenOf(device), {userId: person.user.id, sessionHash: device});
    person.devices.push(this.#startDevice(owner, isRaw));
  }

  #startDevice(owner: DeviceOwner, isRaw: boolean): SdkDevice | RawDevice {
    const process = new Owner(owner.device);
    return this.clock.as(process, () => {
      const made = new (isRaw ? RawDevice : SdkDevice)(this.history, owner, tokenOf(owner.session));
      this.owners.set(made, process);
      made.connect();
      return made;
    });
  }

  /** The balancer chooses a serving node. The client itself finds out if that node is gone or does not answer. */
  #dial(socket: ClientSocket, token: string): Link {
    const link = new Link(this.clock, this.random);
    const session = this.#sessions.get(token)!;
    const serving = this.nodes.filter(({isServing}) => isServing);
    if (serving.length === 0) return link;
    const node = this.random.pick(serving);
    this.#links.set(link, {client: socket.owner, node});
    const id = `socket-${this.count()}`;
    this.clock.schedule(node.owner, this.random.between(0.2, 10), () => {
      if (!link.isCut) node.connect(id, session, link);
    });
    if (this.random.next() < this.faults.flaky) {
      if (this.random.next() < 0.5) link.breakAfter(Math.ceil(this.random.next() * mostPackets));
      else this.later(this.random.between(1, 150), () => link.cut());
    }
    return link;
  }
}
