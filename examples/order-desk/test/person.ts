/** A person at the desk, without a browser. */
import {randomInt, randomUUID} from 'node:crypto';
import {createClient, type Client, type Notification} from '@madang/client';
import type {Order} from '../src/orders.ts';

/** One of sixteen million addresses, so that no two tests share the attempts of an address. */
export const anyAddress = () => `10.${[randomInt(256), randomInt(256), randomInt(256)].join('.')}`;

export type Answer<Body> = {status: number; body: Body & {error?: {code: string}}};

export class Person {
  readonly name: string;
  readonly #url: string;
  #cookie = '';

  private constructor(url: string, name: string) {
    this.#url = url;
    this.name = name;
  }

  /** Uses its own address, which a desk behind a proxy trusts. */
  static async enter(url: string, role: 'customer' | 'shop', name = `${role}-${randomUUID().slice(0, 8)}`) {
    const person = new Person(url, name);
    const answer = await fetch(`${url}/enter`, {
      method: 'POST',
      redirect: 'manual',
      headers: {'x-forwarded-for': anyAddress()},
      body: new URLSearchParams({role, name, password: 'correct horse battery'}),
    });
    if (answer.status !== 303) throw new Error(`${name} cannot sign in: ${answer.status}`);
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

  /** One more device of this person's. It connects to a node with a ticket, as the page does. */
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

/** A client, and the events that it reported as new. */
export type Device = {client: Client; told: Notification[]};
