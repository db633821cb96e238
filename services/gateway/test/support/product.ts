/** A product that shares a cluster: its servers call one node after the other. */
import {addApiKey} from '@madang/database/access/api-keys';
import {createDatabase, type Database} from '@madang/database/connections/pool';
import {setPolicy} from '@madang/database/operator/policies';
import {findTenantByHost} from '@madang/database/operator/tenants';
import type {Scope} from '@madang/protocol/keys';
import type {Message} from '@madang/protocol/messages';
import type {GivenPolicy} from '@madang/protocol/policy';
import {presetPolicy, type PresetName} from '@madang/protocol/policy-presets';
import type {RoomState} from '@madang/protocol/rooms';
import type {User} from '@madang/protocol/users';
import {patientRequest, RawClient, registerAccount, request, type SignedIn} from '@madang/testkit/raw-client';
import {waitFor} from '@madang/testkit/wait-for';
import {startGateways, type Gateways} from './gateways.ts';

const silent = {debug() {}, info() {}, warn() {}, error() {}};

export type Answer<Body> = {
  status: number;
  body: Body & {error?: {code: string; details?: Record<string, unknown>}};
};
/** The part of a cluster that calls need, whether its gateways are processes or not. */
type Cluster = Pick<Gateways, 'urls' | 'databaseUrl' | 'stop'>;
type Options = {token?: string | undefined; as?: string | undefined; cookie?: string | undefined};

export class Product {
  readonly cluster: Cluster;
  readonly db: Database;
  readonly tenantId: string;
  #turn = 0;
  /** The token of a key with all scopes, unless a call names another one. */
  #token = '';

  private constructor(cluster: Cluster, db: Database, tenantId: string) {
    this.cluster = cluster;
    this.db = db;
    this.tenantId = tenantId;
  }

  static async start(types: GivenPolicy['types']): Promise<Product> {
    const product = await Product.#enter(await startGateways(3));
    await product.rule(types);
    return product;
  }

  /** A product that began with the preset, on a cluster of three nodes. */
  static async ofPreset(preset: PresetName, cluster: Cluster): Promise<Product> {
    const product = await Product.#enter(cluster);
    const {tenantId} = product;
    const policy = presetPolicy(preset);
    await setPolicy(product.db, {tenantId, policy, changes: []});
    const isObeyed = async () => {
      const statuses = await Promise.all(
        cluster.urls.map((url) => request(url, 'POST', '/auth/guest', {body: {}})),
      );
      return policy.signIn.guests || statuses.every(({status}) => status === 403);
    };
    await waitFor(isObeyed, {timeoutMs: 20_000, what: 'every node to obey the preset', everyMs: 200});
    return product;
  }

  static async #enter(cluster: Cluster): Promise<Product> {
    const db = createDatabase({
      url: cluster.databaseUrl,
      log: silent,
      applicationName: 'test',
      deadlineMs: 20_000,
    });
    const {id} = await findTenantByHost(db, '127.0.0.1');
    const product = new Product(cluster, db, id);
    const all: Scope[] = ['admin', 'users', 'rooms', 'members', 'read', 'send', 'act', 'import'];
    product.#token = (await product.service('shop', all)).token!;
    return product;
  }

  async stop(): Promise<void> {
    await this.cluster.stop();
    await this.db.close();
  }

  get anyNode(): string {
    return this.cluster.urls[(this.#turn += 1) % 3]!;
  }

  async service(name: string, scopes: Scope[]): Promise<SignedIn> {
    const {key, user} = await addApiKey(this.db, {tenantId: this.tenantId, service: name, scopes});
    return {user, cookie: '', token: key};
  }

  rule(types: object): Promise<void> {
    return this.patch({types});
  }

  /** Changes the policy. */
  async patch(patch: object): Promise<void> {
    const {version} = await this.call<{version: number}>('GET', '/tenant');
    await this.call('PATCH', '/tenant', {version, patch});
  }

  /** Returns the answer's body; throws if the call is refused. */
  async call<Body>(method: string, path: string, body?: unknown, options: Options = {}): Promise<Body> {
    const answer = await this.ask<Body>(method, path, body, options);
    if (answer.status >= 300) throw new Error(`${method} ${path}: ${JSON.stringify(answer.body)}`);
    return answer.body;
  }

  ask<Body = object>(
    method: string,
    path: string,
    body?: unknown,
    {token = this.#token, as, cookie}: Options = {},
  ): Promise<Answer<Body>> {
    const headers: Record<string, string> = as === undefined ? {} : {'madang-as-user': as};
    const credential = cookie === undefined ? {token} : {cookie};
    return patientRequest(this.anyNode, method, path, {headers, body, ...credential}) as Promise<
      Answer<Body>
    >;
  }

  /** The HTTP status of an image. */
  async image(path: string, options: Options = {}): Promise<number> {
    const answer = await fetch(this.anyNode + path, {headers: this.#headersOf(options)});
    await answer.arrayBuffer();
    return answer.status;
  }

  person(): Promise<SignedIn> {
    return registerAccount(this.anyNode);
  }

  /** A user of the product, signed in by its server. */
  async customer(externalId: string, name = externalId): Promise<SignedIn> {
    const {user} = await this.call<{user: User}>('PUT', `/users/${externalId}`, {name});
    const {ticket} = await this.call<{ticket: string}>('POST', '/auth/tickets', {userId: user.id});
    const given = {ticket, token: true};
    const {token} = await this.call<{token: string}>('POST', '/auth/ticket', given, {cookie: ''});
    return {user, cookie: '', token};
  }

  async tabOf(who: SignedIn): Promise<RawClient> {
    const tab = await RawClient.connect(this.anyNode, who);
    await tab.call('session:start', {});
    return tab;
  }

  async room(type: string, members: SignedIn[], more: object = {}): Promise<string> {
    const named = members.map(({user}) => ({user: `id:${user.id}`}));
    const body = {title: type, type, ...(named.length > 0 && {members: named}), ...more};
    const state = await this.call<RoomState>('POST', '/rooms', body);
    return state.room.id;
  }

  async texts(roomId: string, options: Options = {}): Promise<string[]> {
    const path = `/rooms/${roomId}/messages?limit=200`;
    const {messages} = await this.call<{messages: Message[]}>('GET', path, undefined, options);
    return messages.map(({text}) => text).toReversed();
  }

  async code(method: string, path: string, body?: unknown, options: Options = {}): Promise<string> {
    if (path.endsWith('/export')) return this.#exportCode(path, options);
    const {status, body: answer} = await this.ask(method, path, body, options);
    return answer.error?.code ?? String(status);
  }

  /** An export, unparsed. */
  async export(path: string): Promise<string> {
    const answer = await fetch(`${this.anyNode}/api/v1${path}`, {headers: this.#headersOf({})});
    if (!answer.ok) throw new Error(`${path}: ${answer.status}`);
    return answer.text();
  }

  /** Lines of JSON are not one JSON value. */
  async #exportCode(path: string, options: Options): Promise<string> {
    const answer = await fetch(`${this.anyNode}/api/v1${path}`, {headers: this.#headersOf(options)});
    const text = await answer.text();
    const {error} = (answer.ok ? {} : JSON.parse(text)) as {error?: {code: string}};
    return error?.code ?? String(answer.status);
  }

  #headersOf({token = this.#token, as, cookie}: Options): Record<string, string> {
    const credential: Record<string, string> =
      cookie === undefined ? {authorization: `Bearer ${token}`} : {cookie};
    return as === undefined ? credential : {...credential, 'madang-as-user': as};
  }
}
