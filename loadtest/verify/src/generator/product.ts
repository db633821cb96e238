/**
 * A product's server beside the crowd: its customers, the rooms that it creates for them, and the rights that it takes
 * away.
 */
import {generateKeyPairSync, randomUUID} from 'node:crypto';
import {setTimeout as delay} from 'node:timers/promises';
import {addApiKey} from '@madang/database/access/api-keys';
import {findTenantByHost} from '@madang/database/operator/tenants';
import type {CreateKeyResult} from '@madang/protocol/keys';
import type {Policy} from '@madang/protocol/policy';
import type {RoomState} from '@madang/protocol/rooms';
import type {User} from '@madang/protocol/users';
import type {ProcessCluster} from '@madang/testkit/cluster-processes';
import {request, type SignedIn} from '@madang/testkit/raw-client';
import {waitFor} from '@madang/testkit/wait-for';
import {signToken} from '../../../../packages/server/src/sign-token.ts';
import {asSuperuser} from '../superuser.ts';
import type {History} from '../history/history.ts';
import type {Owner} from './device.ts';
import {RawDevice} from './raw-device.ts';

/** The setting with which a revoked key ends the sessions of its tickets. */
export const productEnv = {SESSION_ID_FORMAT: '2'};

const triesForMs = 40_000;
const triesEveryMs = 250;
const answeredWithinMs = 5_000;
const issuer = {issuer: 'https://id.verify.example', audience: 'chat'};

type Asked = {body?: unknown; token?: string};

export class Product {
  readonly history: History;
  readonly nodes: readonly {name: string; url: string}[];
  /** The service that creates the rooms and is a member of all of them. */
  readonly desk: RawDevice;
  readonly #key: string;
  readonly #signingKey: Record<string, unknown>;
  #count = 0;
  #turn = 0;

  private constructor(
    history: History,
    {gateways}: ProcessCluster,
    desk: SignedIn,
    signingKey: Record<string, unknown>,
  ) {
    this.history = history;
    this.nodes = gateways;
    this.#key = desk.token!;
    this.#signingKey = signingKey;
    this.desk = this.device(desk, 0, {userId: desk.user.id, session: "desk's", device: 'desk'});
  }

  static async open(history: History, cluster: ProcessCluster): Promise<Product> {
    let desk: SignedIn | undefined;
    await asSuperuser(cluster, async (db) => {
      const {id: tenantId} = await findTenantByHost(db, '127.0.0.1');
      const scopes = ['admin', 'users', 'rooms', 'members', 'read', 'send'] as const;
      const {key, user} = await addApiKey(db, {tenantId, service: 'desk', scopes});
      desk = {user, cookie: '', token: key};
    });
    const {privateKey, publicKey} = generateKeyPairSync('ed25519');
    const [signing, known] = [privateKey, publicKey].map((key) => ({
      ...key.export({format: 'jwk'}),
      kid: 'one',
    }));
    const product = new Product(history, cluster, desk!, signing!);
    const trusted = {...issuer, jwks: [known], algorithms: ['EdDSA']};
    await product.changePolicy({signIn: {issuers: [trusted]}}, ({signIn}) => signIn.issuers.length > 0);
    return product;
  }

  /** Returns a name that is used once. */
  name(of: string): string {
    this.#count += 1;
    return `${of}-${this.#count}`;
  }

  /** Returns a device that connects to one node only; nodes are counted from 0. */
  device(who: SignedIn, node: number, owner: Owner, renew?: () => Promise<SignedIn>): RawDevice {
    return new RawDevice(this.history, this.nodes[node % this.nodes.length]!.url, who, owner, renew);
  }

  async customer(name: string): Promise<User> {
    const {user} = await this.#insist<{user: User}>('PUT', `/users/${name}`, {body: {name}});
    return user;
  }

  /** Signs a user in with a ticket of the key. */
  signIn(user: User, key: string): Promise<SignedIn> {
    return this.#until('a session', async () => {
      const {ticket} = await this.#ask<{ticket: string}>('POST', '/auth/tickets', {
        body: {userId: user.id},
        token: key,
      });
      const body = {ticket, token: true};
      const {token} = await this.#ask<{token: string}>('POST', '/auth/ticket', {body, token: ''});
      return {user, cookie: '', token};
    });
  }

  /** Signs a user in with a customer's ticket of the product's own key. */
  async admitCustomer(name: string): Promise<SignedIn> {
    return this.signIn(await this.customer(name), this.#key);
  }

  /** Returns a JWT of the product's issuer. */
  token(user: User, externalId: string, lifeSeconds: number): SignedIn {
    const {name} = user;
    return {
      user,
      cookie: '',
      token: signToken({key: this.#signingKey, ...issuer, externalId, name, lifeSeconds}),
    };
  }

  async room(type: string, members: readonly string[] = []): Promise<string> {
    const body = {title: 'Room', type, visibility: 'private', externalId: this.name('room')};
    const {room} = await this.#insist<RoomState>('POST', '/rooms', {body});
    await this.admit(room.id, members);
    return room.id;
  }

  async admit(roomId: string, userIds: readonly string[]): Promise<void> {
    const members = userIds.map((id) => ({user: `id:${id}`}));
    if (members.length > 0) await this.#insist('PUT', `/rooms/${roomId}/members`, {body: {members}});
  }

  /** The desk sends a message, and repeats it until it is known to be stored. Returns its seq. */
  say(roomId: string, text: string): Promise<number> {
    const clientId = randomUUID();
    return this.#until('the desk to say something', async () => {
      const sent = await this.desk.send(roomId, clientId, text);
      return typeof sent === 'object' && sent.seq;
    });
  }

  /**
   * Changes the policy. Resolves once it is acknowledged, or once an attempt without an answer has visibly taken effect.
   */
  async changePolicy(patch: object, isChanged: (policy: Policy) => boolean): Promise<void> {
    await this.#until('the policy to change', async () => {
      const {policy, version} = await this.#ask<{policy: Policy; version: number}>('GET', '/tenant');
      if (!isChanged(policy)) await this.#ask('PATCH', '/tenant', {body: {version, patch}});
      return true;
    });
  }

  makeKey(service: string): Promise<CreateKeyResult> {
    return this.#insist('POST', '/keys', {body: {service, scopes: ['users', 'send']}});
  }

  async revokeKey(id: string): Promise<void> {
    await this.#insist('DELETE', `/keys/${id}`, {});
  }

  /** Makes one attempt to send over HTTP with a credential, and records it like an attempt of a device. */
  async sendOverHttp(node: {name: string; url: string}, token: string, owner: Owner, roomId: string) {
    const text = this.name(`${owner.device} over HTTP to ${node.name}`);
    const body = {clientId: randomUUID(), text};
    const end = this.history.begin({...owner, kind: 'send', roomId, ...body});
    const path = `/rooms/${roomId}/messages`;
    const answer = await request<{seq: number; rev: number}>(node.url, 'POST', path, {token, body}).catch(
      () => undefined,
    );
    if (answer === undefined) return;
    const {seq, rev, error} = answer.body;
    if (error) end({outcome: error.retryable ? 'info' : 'fail', code: error.code});
    else end({outcome: 'ok', seq, rev});
  }

  close(): void {
    this.desk.close();
  }

  /** Repeats until the answer is the expected one: a faulty node refuses temporarily, and may not know yet. */
  #insist<Body>(method: string, path: string, asked: Asked): Promise<Body> {
    return this.#until(`${method} ${path}`, () => this.#ask<Body>(method, path, asked));
  }

  #until<Value>(what: string, act: () => Promise<Value>) {
    return waitFor(act, {timeoutMs: triesForMs, everyMs: triesEveryMs, what}) as Promise<
      Exclude<Awaited<Value>, undefined | null | false>
    >;
  }

  async #ask<Body>(method: string, path: string, {body, token = this.#key}: Asked = {}): Promise<Body> {
    this.#turn += 1;
    const {url} = this.nodes[this.#turn % this.nodes.length]!;
    const asked = request(url, method, path, {token, ...(body === undefined ? {} : {body})});
    // A frozen node does not answer, and the next one would.
    const answer = await Promise.race([asked, delay(answeredWithinMs, undefined)]);
    if (answer === undefined) throw new Error('no answer in time');
    if (answer.status >= 300) throw new Error(`${answer.status} ${JSON.stringify(answer.body)}`);
    return answer.body as Body;
  }
}
