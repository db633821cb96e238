/** A product that shares a cluster: its servers' calls, over one node after the other. */
import {addApiKey} from '@madang/database/access/api-keys';
import {createDatabase, type Database} from '@madang/database/connections/pool';
import {findTenantByHost} from '@madang/database/operator/tenants';
import type {Scope} from '@madang/protocol/keys';
import type {Message} from '@madang/protocol/messages';
import type {GivenPolicy} from '@madang/protocol/policy';
import type {RoomState} from '@madang/protocol/rooms';
import {patientRequest, RawClient, registerAccount, type SignedIn} from '@madang/testkit/raw-client';
import {startGateways, type Gateways} from './gateways.ts';

const silent = {debug() {}, info() {}, warn() {}, error() {}};

export type Answer<Body> = {
  status: number;
  body: Body & {error?: {code: string; details?: Record<string, unknown>}};
};
type Options = {token?: string | undefined; as?: string | undefined; cookie?: string | undefined};

export class Product {
  readonly cluster: Gateways;
  readonly db: Database;
  readonly tenantId: string;
  #turn = 0;
  /** Of a key with all scopes, unless a call names another one. */
  #token = '';

  private constructor(cluster: Gateways, db: Database, tenantId: string) {
    this.cluster = cluster;
    this.db = db;
    this.tenantId = tenantId;
  }

  static async start(types: GivenPolicy['types']): Promise<Product> {
    const cluster = await startGateways(3);
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
    await product.rule(types);
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

  async rule(types: object): Promise<void> {
    const {version} = await this.call<{version: number}>('GET', '/tenant');
    await this.call('PATCH', '/tenant', {version, patch: {types}});
  }

  /** The answer's body; throws what was refused. */
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

  /** Lines of JSON are no JSON. */
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
