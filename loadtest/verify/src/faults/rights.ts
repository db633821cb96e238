/**
 * What a product takes away while its customers continue: a right in a room, a token's lifetime, a key. It disturbs nobody
 * else, so it runs beside any other fault.
 */
import {setTimeout as delay} from 'node:timers/promises';
import type {Product} from '../generator/product.ts';
import type {RawDevice} from '../generator/raw-device.ts';
import {randomUUID} from 'node:crypto';
import type {Fault, Heal} from './fault.ts';

/** Longer than any bound, so that late deliveries would be seen. */
const triedForMs = 4_500;
const sayEveryMs = 200;
const onlineWithinMs = 15_000;
const tokenSeconds = 7;

const act = (kind: string, begin: (product: Product) => Promise<Heal>): Fault => ({
  kind,
  on: 'clients',
  isQuiet: true,
  lastsMs: triedForMs,
  begin: ({product}) => begin(product),
});

export const rightsFaults: Fault[] = [
  act('right taken away', takeRightAway),
  // A node whose clock is wrong ends tokens by that clock.
  {...act('token expires', letTokenExpire), claims: ['clocks']},
  act('key revoked', revokeKey),
];

/** Members may send, and read what was sent before they joined. Then both rights are taken away. */
async function takeRightAway(product: Product): Promise<Heal> {
  const {history, desk} = product;
  const type = product.name('case');
  const rules = {visibility: 'private', oversight: true};
  await product.changePolicy({types: {[type]: rules}}, ({types}) => type in types);
  const roomId = await product.room(type);
  const seq = await product.say(roomId, `${type} before anybody came`);
  const who = await product.admitCustomer(type);
  await product.admit(roomId, [who.user.id]);
  const owner = {userId: who.user.id, session: `${type}'s`};
  const devices = [0, 1].map((node) => product.device(who, node, {...owner, device: `${type}/${node}`}));
  const business = new Business(product, devices);
  business.talk(roomId);
  business.repeat(async (count) => {
    const text = `${type} edited ${count}`;
    const edit = {kind: 'edit', roomId, seq, text} as const;
    if (desk.isOnline) {
      await desk.operate(edit, ({rev}) => ({rev}), 'message:edit', {roomId, seq, text});
    }
  });
  for (const device of devices) business.repeat(() => look(device, roomId));
  await business.areOnline();

  const note = history.begin({kind: 'rule', ...owner, device: devices[0]!.owner.device, roomId, seq});
  const grants = {send: 'service', history: 'service'};
  await product.changePolicy(
    {types: {[type]: {grants}}},
    ({types}) => types[type]?.grants.send === 'service',
  );
  note({outcome: 'ok'});
  return () => business.end();
}

/** Records which messages a page shows. */
async function look(device: RawDevice, roomId: string): Promise<void> {
  if (!device.isOnline) return;
  const found = ({messages}: {messages: {seq: number}[]}) => ({pages: [messages.map(({seq}) => seq)]});
  await device.operate({kind: 'look', roomId}, found, 'message:list', {roomId, limit: 200});
}

/** Two devices use one token until it expires. A third one gets a later token in time. */
async function letTokenExpire(product: Product): Promise<Heal> {
  const {history} = product;
  const name = product.name('visitor');
  const user = await product.customer(name);
  const roomId = await product.room('room', [user.id]);
  const newToken = () => product.token(user, name, tokenSeconds);
  const who = newToken();
  const expiresAt = expiryOf(who.token!);
  const owner = {userId: user.id, session: `${name}'s token`};
  const devices = [0, 1].map((node) => product.device(who, node, {...owner, device: `${name}/${node}`}));
  const later = {userId: user.id, session: `${name}'s later tokens`, device: `${name}/renewed`};
  const renewed = product.device(newToken(), 1, later, async () => newToken());
  const business = new Business(product, [...devices, renewed]);
  business.talk(roomId);
  const refreshing = setInterval(
    () => {
      if (!renewed.isOnline) return;
      const {token} = newToken();
      void renewed.operate({kind: 'refresh'}, () => ({}), 'session:refresh', {token: token!});
    },
    (tokenSeconds * 1_000) / 3,
  );
  await delay(expiresAt - Date.now());
  history.begin({kind: 'expire', ...owner, device: devices[0]!.owner.device})({outcome: 'ok'});
  return async () => {
    clearInterval(refreshing);
    await business.end();
  };
}

/** Milliseconds since 1970. */
function expiryOf(token: string): number {
  const {exp} = JSON.parse(Buffer.from(token.split('.')[1]!, 'base64url').toString()) as {exp: number};
  return exp * 1_000;
}

/** A service, and a customer whom its ticket signed in. Then the key of both is revoked. */
async function revokeKey(product: Product): Promise<Heal> {
  const {history, nodes} = product;
  const name = product.name('branch');
  const {key, secret} = await product.makeKey(name);
  const customer = await product.customer(`${name}-customer`);
  const who = await product.signIn(customer, secret);
  const roomId = await product.room('room', [key.userId, customer.id]);
  const byKey = {userId: key.userId, session: `the key of ${name}`, device: name};
  const byTicket = {userId: customer.id, session: `a ticket of ${name}`, device: `customer of ${name}`};
  const service = {user: {...customer, id: key.userId}, cookie: '', token: secret};
  const devices = [product.device(service, 0, byKey), product.device(who, 1, byTicket)];
  const business = new Business(product, devices);
  business.talk(roomId);
  for (const node of nodes) {
    business.repeat(() => product.sendOverHttp(node, secret, byKey, roomId));
    business.repeat(() => product.sendOverHttp(node, who.token!, byTicket, roomId));
  }
  await business.areOnline();

  const notes = [byKey, byTicket].map((owner) => history.begin({kind: 'revoke-key', ...owner}));
  await product.revokeKey(key.id);
  for (const note of notes) note({outcome: 'ok'});
  return () => business.end();
}

/** The activity in a room until it is ended. */
class Business {
  readonly #product: Product;
  readonly #devices: readonly RawDevice[];
  readonly #done = new AbortController();
  readonly #under: Promise<void>[] = [];

  constructor(product: Product, devices: readonly RawDevice[]) {
    this.#product = product;
    this.#devices = devices;
  }

  /** All devices send messages to the room, and so does the desk. */
  talk(roomId: string): void {
    for (const device of [...this.#devices, this.#product.desk]) {
      this.repeat(async () => {
        const text = this.#product.name(`${device.owner.device} says`);
        if (device.isOnline) await device.send(roomId, randomUUID(), text);
      });
    }
  }

  repeat(what: (count: number) => Promise<unknown>): void {
    const {signal} = this.#done;
    const go = async () => {
      for (let count = 1; !signal.aborted; count += 1) {
        await what(count);
        await delay(sayEveryMs, undefined, {signal}).catch(() => undefined);
      }
    };
    this.#under.push(go());
  }

  /** Resolves once all devices are online for a moment, or cannot be for now. */
  async areOnline(): Promise<void> {
    const until = performance.now() + onlineWithinMs;
    while (!this.#devices.every(({isOnline}) => isOnline) && performance.now() < until) await delay(50);
    await delay(2 * sayEveryMs);
  }

  async end(): Promise<void> {
    this.#done.abort();
    await Promise.all(this.#under);
    for (const device of this.#devices) device.close();
  }
}
