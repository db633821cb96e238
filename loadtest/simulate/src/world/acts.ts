/** What may happen, each kind in a few lines. */
import {signOutSession} from '@madang/database/access/sessions';
import {RawDevice} from '../devices/raw-device.ts';
import {SdkDevice} from '../devices/sdk-device.ts';
import type {Act, ActKind} from '../schedule.ts';
import {prune} from '../store/writing.ts';
import type {World} from './world.ts';

type Perform = (world: World, act: Act) => void;
type Device = SdkDevice | RawDevice;

const deviceOf = ({devices}: World, {who}: Act): Device => devices[who % devices.length]!;
const nodeOf = ({nodes}: World, {who}: Act) => nodes[who % nodes.length]!;
const roomOf = ({roomIds}: World, {where}: Act) => roomIds[where % roomIds.length]!;

function say(world: World, device: Device, roomId: string): void {
  const clientId = world.newClientId();
  world.asDevice(device, () => void device.send(roomId, clientId, `text ${clientId}`));
}

function call(
  world: World,
  device: Device,
  act: (device: Device) => Promise<void>,
): Promise<void> | undefined {
  // The SDK drops rooms that arrived before it knew its user: they may be another's.
  if (device instanceof SdkDevice && device.client.user === undefined) return undefined;
  // By the reader's rule a join moves the cursor: who has not resumed yet would skip what was missed.
  if (device instanceof RawDevice && !device.isOnline) return undefined;
  return world.asDevice(device, () => act(device));
}

function join(world: World, device: Device, roomId: string): void {
  void call(world, device, (by) => by.operate({kind: 'join', roomId}, () => ({}), 'room:join', {roomId}));
}

function leave(world: World, device: Device, roomId: string): Promise<void> | undefined {
  // The owner stays: rooms are managed to the end.
  if (device === world.people[0]!.devices[0]) return undefined;
  return call(world, device, (by) => by.operate({kind: 'leave', roomId}, () => ({}), 'room:leave', {roomId}));
}

/** The newest message that the user of a device has in a room. */
function newestOf({store}: World, {owner}: Device, roomId: string) {
  return store.tables.rooms.get(roomId)!.messages.findLast(({sender}) => sender.id === owner.userId);
}

export const acts: Record<ActKind, Perform> = {
  send: (world, act) => say(world, deviceOf(world, act), roomOf(world, act)),
  'send twice'(world, act) {
    const device = deviceOf(world, act);
    const clientId = world.newClientId();
    const roomId = roomOf(world, act);
    const text = `text ${clientId}`;
    if (device instanceof SdkDevice) return say(world, device, roomId);
    world.asDevice(device, () => {
      void device.send(roomId, clientId, text);
      setTimeout(() => void device.send(roomId, clientId, text), act.ms);
    });
  },
  edit(world, act) {
    const [device, roomId] = [deviceOf(world, act), roomOf(world, act)];
    const seq = newestOf(world, device, roomId)?.seq;
    if (seq === undefined) return;
    const text = `edit ${world.count()}`;
    const found = ({rev}: {rev: number}) => ({rev});
    void call(world, device, (by) =>
      by.operate({kind: 'edit', roomId, seq, text}, found, 'message:edit', {roomId, seq, text}),
    );
  },
  delete(world, act) {
    const [device, roomId] = [deviceOf(world, act), roomOf(world, act)];
    const seq = newestOf(world, device, roomId)?.seq;
    if (seq === undefined) return;
    const found = ({rev}: {rev: number}) => ({rev});
    void call(world, device, (by) =>
      by.operate({kind: 'delete', roomId, seq}, found, 'message:delete', {roomId, seq}),
    );
  },
  join: (world, act) => join(world, deviceOf(world, act), roomOf(world, act)),
  leave(world, act) {
    void leave(world, deviceOf(world, act), roomOf(world, act));
  },
  /** On a page that is in two minds. */
  rejoin(world, act) {
    const [device, roomId] = [deviceOf(world, act), roomOf(world, act)];
    void leave(world, device, roomId)?.then(() => join(world, device, roomId));
  },
  kick(world, act) {
    const roomId = roomOf(world, act);
    const {userId} = deviceOf(world, act).owner;
    const [owner] = world.people[0]!.devices;
    if (userId === owner!.owner.userId) return;
    void call(world, owner!, (by) =>
      by.operate({kind: 'kick', roomId, targetId: userId}, () => ({}), 'member:remove', {roomId, userId}),
    );
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
    world.later(act.ms, () => world.restore(backup, act.ms / 4));
  },
  crash(world, act) {
    const no = act.who % world.nodes.length;
    const node = world.nodes[no]!;
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
    // Often nothing is kept, so that a node which has not read the moves yet misses them.
    const ms = act.ms < 1_500 ? 0 : act.ms;
    prune({tables: store.tables, xact: 0, nowMs: clock.now}, store.snapshot.xmin, ms);
  },
};
