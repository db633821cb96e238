/** The people of a product that began with one of the presets; its server made them and signed them in. */
import {randomUUID} from 'node:crypto';
import {addApiKey} from '@madang/database/access/api-keys';
import type {Database} from '@madang/database/connections/pool';
import {insertTenant} from '@madang/database/operator/tenants';
import {scopes} from '@madang/protocol/keys';
import type {Policy} from '@madang/protocol/policy';
import type {User} from '@madang/protocol/users';
import {patientRequest, type SignedIn} from '@madang/testkit/raw-client';
import {operations} from '../../src/operations.ts';
import {nameOf} from '../../src/calls/run-operation.ts';
import {callAs, callerOf, type Caller, type Input, type Outcome} from './access-cast.ts';

/** The actors: a person in each role of a room, and a server of the product. */
export const actors = ['stranger', 'member', 'moderator', 'owner', 'service'] as const;
export type Actor = (typeof actors)[number];
export type Over = 'http' | 'socket';

/** The users that are acted on. */
const others = ['target', 'leaver', 'outcast', 'newcomer'] as const;
type Name = Actor | (typeof others)[number];

const allScopes = [...scopes];

export class PresetCast {
  readonly url: string;
  readonly name: string;
  readonly #people = new Map<Name, SignedIn>();
  readonly #callers = new Map<Actor, Caller>();
  #backend = '';

  private constructor(url: string, name: string) {
    this.url = url;
    this.name = name;
  }

  /** `url` has a host name that leads only to this product. */
  static async assemble(db: Database, url: string, name: string, policy: Policy): Promise<PresetCast> {
    const cast = new PresetCast(url, name);
    const {id: tenantId} = await insertTenant(db, {name, hosts: [new URL(url).hostname], policy});
    const keyOf = (service: string) => addApiKey(db, {tenantId, service, scopes: allScopes});
    cast.#backend = (await keyOf('backend')).key;
    const {user, key} = await keyOf('desk');
    cast.#people.set('service', {user, cookie: '', token: key});
    const names: Name[] = [...actors.filter((each) => each !== 'service'), ...others];
    for (const each of names) cast.#people.set(each, await cast.#person(each));
    for (const actor of actors) cast.#callers.set(actor, callerOf(url, cast.#people.get(actor)));
    return cast;
  }

  async #person(name: string): Promise<SignedIn> {
    const {user} = await this.byServer<{user: User}>('PUT', `/users/${name}`, {name});
    const {ticket} = await this.byServer<{ticket: string}>('POST', '/auth/tickets', {userId: user.id});
    const given = {ticket, token: true};
    const {token} = await this.#request<{token: string}>('POST', '/auth/ticket', {body: given});
    return {user, cookie: '', token};
  }

  /** A call by the product's own server; throws if it is refused. */
  byServer<Body>(method: string, path: string, body: unknown, as?: Actor): Promise<Body> {
    const headers: Record<string, string> = as ? {'madang-as-user': `id:${this.idOf(as)}`} : {};
    return this.#request<Body>(method, path, {token: this.#backend, body, headers});
  }

  /** A call by the service that is one of the actors. */
  byService<Body>(method: string, path: string, body: unknown): Promise<Body> {
    return this.#request<Body>(method, path, {...this.credentialOf('service'), body});
  }

  async #request<Body>(
    method: string,
    path: string,
    options: Parameters<typeof patientRequest>[3],
  ): Promise<Body> {
    const answer = await patientRequest(this.url, method, path, options);
    if (answer.status >= 300) throw new Error(`${method} ${path}: ${JSON.stringify(answer.body)}`);
    return answer.body as Body;
  }

  idOf(who: Name): string {
    return this.#people.get(who)!.user.id;
  }

  credentialOf(who: Actor): {token: string} {
    return {token: this.#people.get(who)!.token!};
  }

  call(actor: Actor, name: string, over: Over, input: Input): Promise<Outcome> {
    const operation = operations.find((each) => nameOf(each) === name)!;
    return callAs(this.#callers.get(actor)!, operation, over, input);
  }

  /** A room whose only member is the product's server. */
  async emptyRoom(type: string, more: object = {}): Promise<string> {
    const {room} = await this.byServer<{room: {id: string}}>('POST', '/rooms', {
      title: 'Room',
      type,
      ...more,
    });
    return room.id;
  }

  /** A room with everyone in their role. */
  async room(type: string): Promise<string> {
    const body = {title: 'Room', type, visibility: 'private', members: this.#members()};
    const {room} = await this.byServer<{room: {id: string}}>('POST', '/rooms', body, 'owner');
    return room.id;
  }

  /** The same, but everyone came after its first message, which has been edited since. */
  async roomWithPast(type: string): Promise<string> {
    const roomId = await this.emptyRoom(type, {visibility: 'private'});
    const path = `/rooms/${roomId}`;
    const first = {clientId: randomUUID(), text: 'first'};
    const {seq} = await this.byServer<{seq: number}>('POST', `${path}/messages`, first);
    const members = [...this.#members(), {user: `id:${this.idOf('owner')}`}];
    await this.byServer('PUT', `${path}/members`, {members});
    await this.byServer('PATCH', `${path}/members/${this.idOf('owner')}`, {role: 'owner'});
    await this.byServer('PATCH', `${path}/messages/${seq}`, {text: 'before'});
    return roomId;
  }

  /** Everyone but the owner. */
  #members() {
    const names = ['member', 'target', 'leaver', 'outcast', 'service'] as const;
    return [
      ...names.map((each) => ({user: `id:${this.idOf(each)}`})),
      {user: `id:${this.idOf('moderator')}`, role: 'moderator'},
    ];
  }
}
