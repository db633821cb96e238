/**
 * Orders and their notifications. The statement that changes an order also stores the notification for the cluster, so
 * neither exists without the other, even if a process crashes in between.
 */
import type {Database} from './database.ts';
import type {Person} from './people.ts';
import {Refusal} from './refusal.ts';

export type Order = {
  id: string;
  item: string;
  state: 'placed' | 'accepted';
  customer: string;
  shop: string;
  createdAt: string;
};

/** The text of the notification, in the language of the shop's country. Pages choose other languages by the type. */
const texts = {'order.placed': '주문이 들어왔습니다.', 'order.accepted': '주문이 승인되었습니다.'} as const;

const shown = `
  select o.id, o.item, case when o.accepted_at is null then 'placed' else 'accepted' end as state,
    customer.name as customer, shop.name as shop, o.created_at as "createdAt"
  from o
  join people customer on customer.id = o.customer_id
  join people shop on shop.id = o.shop_id`;

const tell = (type: keyof typeof texts, whom: 'customer_id' | 'shop_id') => `
  insert into outbox (key, chat_user_id, type, data)
  select '${type}:' || o.id, p.chat_user_id, '${type}',
    json_build_object('orderId', o.id, 'item', o.item, 'text', '${texts[type]}', 'link', '#order-' || o.id)
  from o join people p on p.id = o.${whom}`;

const placeStatement = {
  name: 'desk_place_order',
  text: `
    with o as (
      insert into orders (id, customer_id, shop_id, item)
      select $1, $2, id, $4 from people where id = $3 and role = 'shop' and chat_user_id is not null
      on conflict (id) do nothing
      returning *
    ), told as (${tell('order.placed', 'shop_id')})
    ${shown}`,
};
const acceptStatement = {
  name: 'desk_accept_order',
  text: `
    with o as (
      update orders set accepted_at = now()
      where id = $1 and shop_id = $2 and accepted_at is null
      returning *
    ), told as (${tell('order.accepted', 'customer_id')})
    ${shown}`,
};
const listStatement = {
  name: 'desk_list_orders',
  text: `
    with o as (
      select * from orders where customer_id = $1 or shop_id = $1 order by created_at desc limit 100
    )
    ${shown} order by o.created_at desc`,
};
const findStatement = {
  name: 'desk_find_order',
  text: `
    with o as (select * from orders where id = $1 and (customer_id = $2 or shop_id = $2))
    ${shown}`,
};

/** Places a customer's order. Safe to retry: the same id is one order. */
export async function placeOrder(
  db: Database,
  person: Person,
  {id, shopId, item}: {id: string; shopId: string; item: string},
): Promise<Order> {
  if (person.role !== 'customer') throw new Refusal(403, 'forbidden');
  const [order] = await db.query<Order>(placeStatement, [id, person.id, shopId, item]);
  return order ?? findOrder(db, person, id);
}

/** Accepts an order of the shop. A second call changes nothing. */
export async function acceptOrder(db: Database, person: Person, id: string): Promise<Order> {
  const [order] = await db.query<Order>(acceptStatement, [id, person.id]);
  const found = order ?? (await findOrder(db, person, id));
  if (person.role !== 'shop') throw new Refusal(403, 'forbidden');
  return found;
}

/** Lists the person's own orders, newest first. */
export function listOrders(db: Database, person: Person): Promise<Order[]> {
  return db.query<Order>(listStatement, [person.id]);
}

/** Other people's orders are treated as if they did not exist. */
async function findOrder(db: Database, person: Person, id: string): Promise<Order> {
  const [order] = await db.query<Order>(findStatement, [id, person.id]);
  if (!order) throw new Refusal(404, 'not_found');
  return order;
}
