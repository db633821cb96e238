/** The acts of a schedule, each kind in a few lines. */
import {signOutSession} from '@madang/database/access/sessions';
import {RawDevice} from '../devices/raw-device.ts';
import {SdkDevice} from '../devices/sdk-device.ts';
import type {Act, ActKind} from '../schedule.ts';
import {prune} from '../store/writing.ts';
import type {World} from './world.ts';

type Perform = (world: World, act: Act) => void;
type Device = SdkDevice | RawDevice;

const nodeOf = ({nodes, focus}: World, {who}: Act) =>
  nodes[(who === 'same' ? focus.device : who) % nodes.length]!;

/** Returns the device that an act names, or the next one that fits. The following acts may concern the same one. */
function deviceOf(world: World, {who}: Act, fits: (device: Device) => boolean = () => true): Device {
  const {devices, focus} = world;
  focus.device = nextOf(devices, who === 'same' ? focus.device : who, fits);
  return devices[focus.device]!;
}

/** Returns the first item from `from` on that fits, or the one at `from` if none does. */
function nextOf<Item>(all: readonly Item[], from: number, fits: (item: Item) => boolean): number {
  const order = all.map((_, no) => (from + no) % all.length);
  return order.find((no) => fits(all[no]!)) ?? order[0]!;
}

function roomOf(
  {roomIds, focus}: World,
  {where}: Act,
  fits: (roomId: string) => boolean = () => true,
): string {
  focus.room = nextOf(roomIds, where === 'same' ? focus.room : where, fits);
  return roomIds[focus.room]!;
}

function isMember({store}: World, roomId: string): (device: Device) => boolean {
  const {members} = store.tables.rooms.get(roomId)!;
  return ({owner}) => members.has(owner.userId);
}

function memberOf(world: World, act: Act, roomId: string): Device {
  return deviceOf(world, act, isMember(world, roomId));
}

function outsiderOf(world: World, act: Act, roomId: string): Device {
  const isInside = isMember(world, roomId);
  return deviceOf(world, act, (device) => !isInside(device));
}

/** Returns a device whose user has sent a message to a room. */
function authorOf(world: World, act: Act, roomId: string): Device {
  return deviceOf(world, act, (device) => newestOf(world, device, roomId) !== undefined);
}

function say(world: World, device: Device, roomId: string): void {
  const clientId = world.newClientId();
  world.asDevice(device, () => void device.send(roomId, clientId, `text ${clientId}`));
}

function call(
  world: World,
  device: Device,
  act: (device: Device) => Promise<void>,
): Promise<void> | undefined {
  // The SDK drops rooms that arrived before it knew its user, because they may be another user's.
  if (device instanceof SdkDevice && device.client.user === undefined) return undefined;
  // By the reader's rules a join moves the cursor, so a device that has not resumed yet would skip what it missed.
  if (device instanceof RawDevice && !device.isOnline) return undefined;
  return world.asDevice(device, () => act(device));
}

function join(world: World, device: Device, roomId: string): void {
  void call(world, device, (by) => by.operate({kind: 'join', roomId}, () => ({}), 'room:join', {roomId}));
}

function leave(world: World, device: Device, roomId: string): Promise<void> | undefined {
  // The owner stays, so that someone can manage the room to the end.
  if (isOwner(world, device)) return undefined;
  return call(world, device, (by) => by.operate({kind: 'leave', roomId}, () => ({}), 'room:leave', {roomId}));
}

function isOwner({people}: World, {owner}: Device): boolean {
  return owner.userId === people[0]!.user.id;
}

/** Returns a member who may leave. */
function guestOf(world: World, act: Act, roomId: string): Device {
  const isInside = isMember(world, roomId);
  return deviceOf(world, act, (device) => isInside(device) && !isOwner(world, device));
}

/** Returns the newest message that a device's user has in a room. */
function newestOf({store}: World, {owner}: Device, roomId: string) {
  return store.tables.rooms.get(roomId)!.messages.findLast(({sender}) => sender.id === owner.userId);
}

/** About as long as it takes to be admitted, or to come back. */
const soonMs = 300;
const ringEveryMs = 150;
const breaks = 4;
const breaksMs = 1_500;

export const acts: Record<Exclude<ActKind, 'lull'>, Perform> = {
  send(world, act) {
    const roomId = roomOf(world, act);
    say(world, memberOf(world, act, roomId), roomId);
  },
  /** Someone sends who is not a member, or no longer one. */
  intrude(world, act) {
    const roomId = roomOf(world, act);
    say(world, outsiderOf(world, act, roomId), roomId);
  },
  'send twice'(world, act) {
    const roomId = roomOf(world, act);
    const device = memberOf(world, act, roomId);
    const clientId = world.newClientId();
    const text = `text ${clientId}`;
    if (device instanceof SdkDevice) return say(world, device, roomId);
    world.asDevice(device, () => {
      void device.send(roomId, clientId, text);
      setTimeout(() => void device.send(roomId, clientId, text), act.ms);
    });
  },
  edit(world, act) {
    const roomId = roomOf(world, act);
    const device = authorOf(world, act, roomId);
    const seq = newestOf(world, device, roomId)?.seq;
    if (seq === undefined) return;
    const text = `edit ${world.count()}`;
    const found = ({rev}: {rev: number}) => ({rev});
    void call(world, device, (by) =>
      by.operate({kind: 'edit', roomId, seq, text}, found, 'message:edit', {roomId, seq, text}),
    );
  },
  delete(world, act) {
    const roomId = roomOf(world, act);
    const device = authorOf(world, act, roomId);
    const seq = newestOf(world, device, roomId)?.seq;
    if (seq === undefined) return;
    const found = ({rev}: {rev: number}) => ({rev});
    void call(world, device, (by) =>
      by.operate({kind: 'delete', roomId, seq}, found, 'message:delete', {roomId, seq}),
    );
  },
  /** Somebody reacts to the newest message of a room, or takes it back. */
  react(world, act) {
    const roomId = roomOf(world, act);
    const device = memberOf(world, act, roomId);
    const seq = world.store.tables.rooms.get(roomId)!.messages.at(-1)?.seq;
    if (seq === undefined) return;
    const on = act.ms % 3 !== 0;
    const found = ({rev}: {rev: number}) => ({rev});
    void call(world, device, (by) =>
      by.operate({kind: 'react', roomId, seq}, found, 'reaction:set', {roomId, seq, emoji: '👍', on}),
    );
  },
  join(world, act) {
    const roomId = roomOf(world, act);
    join(world, outsiderOf(world, act, roomId), roomId);
  },
  leave(world, act) {
    const roomId = roomOf(world, act);
    void leave(world, guestOf(world, act, roomId), roomId);
  },
  /** Somebody sends a message while a new member is admitted. */
  'join a talk'(world, act) {
    const roomId = roomOf(world, act);
    const talker = memberOf(world, act, roomId);
    join(world, outsiderOf(world, act, roomId), roomId);
    world.later(act.ms % soonMs, () => say(world, talker, roomId));
  },
  /** The user of a page leaves, and joins again at once. */
  rejoin(world, act) {
    const roomId = roomOf(world, act);
    const device = guestOf(world, act, roomId);
    void leave(world, device, roomId)?.then(() => join(world, device, roomId));
  },
  kick(world, act) {
    const roomId = roomOf(world, act);
    const guest = guestOf(world, act, roomId);
    if (isOwner(world, guest)) return;
    const {userId} = guest.owner;
    const [owner] = world.people[0]!.devices;
    void call(world, owner!, (by) =>
      by.operate({kind: 'kick', roomId, targetId: userId}, () => ({}), 'member:remove', {roomId, userId}),
    );
  },
  /** Doorbells that nobody needs, at each node, for a while. They only say "look again", so they must change nothing. */
  ring(world, act) {
    const roomId = roomOf(world, act);
    const kind = act.ms % 3 === 0 ? 'user' : 'joined';
    for (let ms = 0; ms <= act.ms; ms += ringEveryMs) {
      world.later(ms, () => {
        for (const userId of world.store.tables.rooms.get(roomId)!.members.keys()) {
          for (const {owner, broadcast} of world.nodes) {
            if (!owner.isDead) world.clock.as(owner, () => broadcast.signal({kind, userId, roomId}));
          }
        }
      });
    }
  },
  'sign out'(world) {
    const {user, devices} = world.people.at(-1)!;
    const [device] = devices;
    const node = world.nodes.find(({owner}) => !owner.isDead);
    if (!node || !device) return;
    const end = world.history.begin({kind: 'sign-out', ...device.owner});
    const sessionHash = device.owner.session;
    world.clock.as(node.owner, () => {
      signOutSession(node.db, {sessionHash, userId: user.id}).then(
        () => {
          end({outcome: 'ok'});
          node.broadcast.signal({kind: 'session', sessionHash, userId: user.id});
        },
        () => undefined,
      );
    });
  },
  drop: (world, act) => world.drop(deviceOf(world, act)),
  /** A message is sent while a member's connection breaks again and again, as on a train. */
  miss(world, act) {
    const device = deviceOf(world, act, (each) => !isOwner(world, each));
    const roomId = roomOf(world, act, (id) => isMember(world, id)(device));
    world.drop(device);
    for (let no = 0; no < breaks; no += 1)
      world.later(world.random.between(0, breaksMs), () => world.drop(device));
    const [owner] = world.people[0]!.devices;
    world.later(act.ms % soonMs, () => say(world, owner!, roomId));
  },
  'go away'(world, act) {
    const device = deviceOf(world, act);
    if (!(device instanceof SdkDevice)) return world.drop(device);
    world.asDevice(device, () => {
      device.disconnect();
      setTimeout(() => device.connect(), act.ms);
    });
  },
  reload(world, act) {
    const device = deviceOf(world, act);
    if (device instanceof RawDevice && device.isOver) return;
    world.reload(device);
  },
  restore(world, act) {
    const backup = structuredClone(world.store.tables);
    world.later(act.ms, () => world.restore(backup, act.ms / 4, {areStopped: act.ms % 2 === 0}));
  },
  crash(world, act) {
    const node = nodeOf(world, act);
    const no = world.nodes.indexOf(node);
    if (node.owner.isDead) return;
    world.killNode(node);
    world.disturb(act.ms + 3_000);
    world.later(act.ms, () => world.startNode(no));
  },
  freeze(world, act) {
    const {owner} = nodeOf(world, act);
    owner.frozenUntil = Math.max(owner.frozenUntil, Math.round(world.clock.now + act.ms));
    world.disturb(act.ms + 3_000);
  },
  'cut off'(world, act) {
    const {owner} = nodeOf(world, act);
    world.faults.cutOff(owner);
    world.disturb(act.ms + 3_000);
    world.later(act.ms, () => world.faults.reconnect(owner));
  },
  'restart Postgres'(world, act) {
    world.store.restart();
    world.faults.isPostgresDown = true;
    world.disturb(act.ms + 3_000);
    world.later(act.ms, () => (world.faults.isPostgresDown = false));
  },
  'stop Redis'(world, act) {
    world.bus.goDown();
    world.later(act.ms, () => world.bus.comeBack());
  },
  'slow commits'(world, act) {
    world.faults.slowCommits = 0.3;
    world.disturb(act.ms + 6_000);
    world.later(act.ms, () => (world.faults.slowCommits = 0));
  },
  prune(world, act) {
    const {store, clock} = world;
    // Often nothing is kept, so that a node misses moves that it has not read yet.
    const ms = act.ms < 1_500 ? 0 : act.ms;
    prune({tables: store.tables, xact: 0, nowMs: clock.now}, store.snapshot.xmin, ms);
  },
};
