/** A cluster with a desk in front of it, and people who come to the desk. */
import {randomUUID} from 'node:crypto';
import {addApiKey} from '@madang/database/access/api-keys';
import {createDatabase, type Database} from '@madang/database/connections/pool';
import {findTenantByHost} from '@madang/database/operator/tenants';
import {createClient, type Client, type Notification} from '@madang/client/client';
import {findFreePort} from '@madang/processes/free-port';
import {createLogger} from '@madang/runtime/log';
import {startCluster, type ClusterOptions, type ProcessCluster} from '@madang/testkit/cluster-processes';
import {schema} from '../src/config.ts';
import {createDesk, type Desk} from '../src/desk.ts';
import type {Order} from '../src/orders.ts';

const log = createLogger({name: 'order-desk', level: 'error'});
const silent = {debug() {}, info() {}, warn() {}, error() {}};

export type Counter = {
  cluster: ProcessCluster;
  db: Database;
  /** The desk's address, whichever process serves it. */
  url: string;
  /** Starts the desk anew; `madangUrl` instead of the balancer. */
  openDesk(madangUrl?: string): Promise<Desk>;
  stop(): Promise<void>;
};

export async function openCounter(options: Partial<ClusterOptions> = {}): Promise<Counter> {
  const port = await findFreePort();
  const url = `http://127.0.0.1:${port}`;
  const given = options.env;
  const cluster = await startCluster({
    gateways: 3,
    balancer: true,
    ...options,
    env: (gateway) => ({
      ALLOWED_ORIGINS: url,
      ...(typeof given === 'function' ? given(gateway) : given),
    }),
  });
  const db = createDatabase({
    url: cluster.databaseUrl,
    log: silent,
    applicationName: 'test',
    maxConnections: 2,
  });
  const {id: tenantId} = await findTenantByHost(db, '127.0.0.1');
  const {key} = await addApiKey(db, {tenantId, service: 'order-desk'});
  const desks = new Set<Desk>();
  return {
    cluster,
    db,
    url,
    async openDesk(madangUrl = cluster.url!) {
      const config = schema.parse({
        DATABASE_URL: cluster.databaseUrl,
        PORT: String(port),
        MADANG_URL: madangUrl,
        MADANG_KEY: key,
        DESK_SECRET: 'a secret of the tests that is long enough',
      });
      const desk = await createDesk(config, log);
      desks.add(desk);
      const stop = async () => {
        if (desks.delete(desk)) await desk.stop();
      };
      return {...desk, stop};
    },
    async stop() {
      for (const desk of desks) await desk.stop();
      await db.close();
      await cluster.stop();
    },
  };
}

export type Answer<Body> = {status: number; body: Body & {error?: {code: string}}};

/** Somebody at the desk, without a browser. */
export class Person {
  readonly name: string;
  readonly #url: string;
  #cookie = '';

  private constructor(url: string, name: string) {
    this.#url = url;
    this.name = name;
  }

  static async enter(url: string, role: 'customer' | 'shop', name = `${role}-${randomUUID().slice(0, 8)}`) {
    const person = new Person(url, name);
    const answer = await fetch(`${url}/enter`, {
      method: 'POST',
      redirect: 'manual',
      body: new URLSearchParams({role, name, password: 'correct horse battery'}),
    });
    if (answer.status !== 303) throw new Error(`${name} may not enter: ${answer.status}`);
    person.#cookie = answer.headers
      .getSetCookie()
      .map((each) => each.split(';')[0]!)
      .join('; ');
    return person;
  }

  async ask<Body = Record<string, unknown>>(
    method: string,
    path: string,
    body?: object,
  ): Promise<Answer<Body>> {
    const answer = await fetch(this.#url + path, {
      method,
      headers: {cookie: this.#cookie, ...(body ? {'content-type': 'application/json'} : {})},
      ...(body ? {body: JSON.stringify(body)} : {}),
    });
    return {status: answer.status, body: (await answer.json()) as Answer<Body>['body']};
  }

  async order(shop: Person, item = 'cake'): Promise<Order> {
    const {body: session} = await this.ask<{shops: {id: string; name: string}[]}>('POST', '/session', {});
    const shopId = session.shops.find(({name}) => name === shop.name)!.id;
    const {status, body} = await this.ask<{order: Order}>('POST', '/orders', {shopId, item});
    if (status !== 201) throw new Error(`not ordered: ${JSON.stringify(body)}`);
    return body.order;
  }

  accept(id: string): Promise<Answer<{order: Order}>> {
    return this.ask('PATCH', `/orders/${id}/accept`, {});
  }

  async orders(): Promise<Order[]> {
    return (await this.ask<{orders: Order[]}>('GET', '/orders.json')).body.orders;
  }

  /** One more device of this person's, connected to a node by a ticket, as the page does it. */
  async connect(nodeUrl: string): Promise<Device> {
    const {body} = await this.ask<{chat: {ticket: string}}>('POST', '/session', {});
    const answer = await fetch(`${nodeUrl}/api/v1/auth/ticket`, {
      method: 'POST',
      headers: {'content-type': 'application/json'},
      body: JSON.stringify({ticket: body.chat.ticket, token: true}),
    });
    const {token} = (await answer.json()) as {token: string};
    const client = createClient({url: nodeUrl, token, times: {retryMs: 200, retryMaxMs: 1_000}});
    const told: Notification[] = [];
    client.on('notification', (notification) => told.push(notification));
    await client.connect();
    await client.notifications.load();
    return {client, told};
  }
}

/** A client, and what it told as new. */
export type Device = {client: Client; told: Notification[]};
