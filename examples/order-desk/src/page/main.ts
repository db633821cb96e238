/** A person's page: their orders, and a toast for each of their notifications, on whatever page of the product they are. */
import {createClient, path} from '@madang/client';
import type {Order} from '../orders.ts';
import {texts, type Language} from '../texts.ts';
import {showOrders, textIn} from './orders.ts';
import {showToasts} from './toasts.ts';

type Session = {
  person: {name: string; role: 'customer' | 'shop'};
  shops: {id: string; name: string}[];
  chat: {url: string; ticket: string};
};

const refreshMs = 5_000;

const t = texts[document.documentElement.lang as Language];
const place = <Kind extends HTMLElement>(id: string) => document.getElementById(id) as Kind;

async function ask<Result>(method: string, path: string, body?: object): Promise<Result> {
  const response = await fetch(path, {
    method,
    ...(body ? {body: JSON.stringify(body), headers: {'content-type': 'application/json'}} : {}),
  });
  if (!response.ok) throw new Error(`${method} ${path}: ${response.status}`);
  return (await response.json()) as Result;
}

function complain(text: string): void {
  place('problem').textContent = text;
  place('problem').hidden = text === '';
}

/** Does what the user asked for, and says so if it fails. */
function attempt(act: () => Promise<unknown>): void {
  complain('');
  act().catch(() => complain(t.failed));
}

async function refresh(role: Session['person']['role']): Promise<void> {
  const {orders} = await ask<{orders: Order[]}>('GET', '/orders.json');
  const accept = ({id}: Order) =>
    attempt(async () => {
      await ask('PATCH', path`/orders/${id}/accept`, {});
      await refresh(role);
    });
  showOrders(place('orders'), orders, t, role === 'shop' ? accept : undefined);
}

function offerOrders(shops: Session['shops']): void {
  const form = place<HTMLFormElement>('order');
  const select = form.elements.namedItem('shopId') as HTMLSelectElement;
  const options = shops.map(({id, name}) => Object.assign(textIn('option', name), {value: id}));
  select.replaceChildren(...options);
  let id = crypto.randomUUID();
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    attempt(async () => {
      const item = (form.elements.namedItem('item') as HTMLInputElement).value;
      // The same id until it has succeeded, so a second press is the same order.
      await ask('POST', '/orders', {id, shopId: select.value, item});
      id = crypto.randomUUID();
      form.reset();
      await refresh('customer');
    });
  });
}

async function follow({url, ticket}: Session['chat'], role: Session['person']['role']): Promise<void> {
  const answer = await fetch(`${url}/api/v1/auth/ticket`, {
    method: 'POST',
    headers: {'content-type': 'application/json'},
    credentials: 'omit',
    body: JSON.stringify({ticket, token: true}),
  });
  const {token} = (await answer.json()) as {token: string};
  const client = createClient({url, token});
  client.on('notifications', (notifications) => {
    place('unread').textContent = String(notifications.unread);
    showToasts(place('toasts'), notifications, t);
  });
  client.on('notification', () => void refresh(role).catch(() => undefined));
  client.on('status', (status) => {
    complain(status === 'online' ? '' : t.offline);
    document.body.dataset['node'] = client.node ?? '';
    if (status === 'online') void refresh(role).catch(() => undefined);
  });
  // What this person does on another device notifies nobody.
  setInterval(() => void refresh(role).catch(() => undefined), refreshMs);
  await client.connect();
  await client.notifications.load();
}

try {
  const {person, shops, chat} = await ask<Session>('POST', '/session', {});
  place('person').textContent = `${person.name} (${t[person.role]})`;
  if (person.role === 'customer') offerOrders(shops);
  await refresh(person.role);
  await follow(chat, person.role);
} catch {
  complain(t.failed);
}
