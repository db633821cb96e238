/** For the tests of webhooks: a tenant with events, rooms and somebody who sends, and a product's server that hears of it. */
import {randomUUID} from 'node:crypto';
import {createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse} from 'node:http';
import type {AddressInfo} from 'node:net';
import {addWebhook, getWebhook} from '@madang/database/events/webhooks';
import {createAppender} from '@madang/database/messages/append';
import {setPolicy} from '@madang/database/operator/policies';
import {createRoom} from '@madang/database/rooms/rooms';
import {insertAccount} from '@madang/database/users/users';
import {policy} from '@madang/protocol/policy';
import type {TenantEvent} from '@madang/protocol/tenant-events';
import {onTestFinished} from 'vitest';
import {webhookTimes} from '../src/webhooks/webhook-times.ts';
import {createCluster, log} from './cluster.ts';

export type Delivery = {
  id: string;
  headers: IncomingHttpHeaders;
  body: string;
  events: TenantEvent[];
  reset?: true;
};
export type Answer = (delivery: Delivery, res: ServerResponse) => void;

/** The hours of production as seconds. */
export const hasty = {
  ...webhookTimes,
  timeoutMs: 2_000,
  leaseMs: 3_000,
  firstRetryMs: 50,
  longestRetryMs: 400,
};
export const patience = {timeoutMs: 30_000, everyMs: 50};
export const ok: Answer = (_, res) => res.writeHead(204).end();

/** A product's server, which notes what it took. */
async function receive(answer: {now: Answer}) {
  const taken: Delivery[] = [];
  const tried: Delivery[] = [];
  const take = async (req: IncomingMessage, res: ServerResponse) => {
    const chunks: Buffer[] = [];
    for await (const chunk of req) chunks.push(chunk as Buffer);
    const body = Buffer.concat(chunks).toString();
    const {data} = JSON.parse(body) as {data: {events: TenantEvent[]; reset?: true}};
    const delivery = {id: String(req.headers['webhook-id']), headers: req.headers, body, ...data};
    tried.push(delivery);
    answer.now(delivery, res);
    if (res.statusCode < 300 && res.writableEnded) taken.push(delivery);
  };
  // A sender that is killed breaks off.
  const server = createServer((req, res) => void take(req, res).catch(() => res.destroy()));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const {port} = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/events`,
    taken,
    tried,
    told: () => taken.flatMap(({events}) => events),
  };
}

export async function createShop(answer: {now: Answer} = {now: ok}) {
  const cluster = await createCluster();
  const {db, tenantId} = cluster;
  await setPolicy(db, {
    tenantId,
    policy: policy.parse({eventDays: 7, types: {room: {oversight: true}, direct: {}}}),
    changes: [],
  });
  const {user} = await insertAccount(db, {tenantId, name: 'ann', passwordHash: 'hash', color: '#112233'});
  const {append, close} = createAppender(db, {log, onCommitted: () => {}, deadlineMs: 20_000});
  onTestFinished(close);
  const receiver = await receive(answer);
  const rooms: string[] = [];
  const addRoom = async () => {
    const fields = {title: 'Case', visibility: 'public', ephemeral: false} as const;
    const {state} = await createRoom(db, {tenantId, userId: user.id, ...fields});
    rooms.push(state.room.id);
  };
  await addRoom();
  const {webhook} = await addWebhook(db, {tenantId, url: receiver.url, types: ['message.created']});
  const ref = {id: webhook.id, tenantId};
  return {
    ...cluster,
    receiver,
    rooms,
    addRoom,
    ref,
    read: async () => (await getWebhook(db, ref)).webhook,
    user,
    send: (count: number, textOf = (no: number) => `${no}`) =>
      Promise.all(
        Array.from({length: count}, (_, no) =>
          append({
            tenantId,
            roomId: rooms[no % rooms.length]!,
            senderId: user.id,
            sender: {id: user.id, kind: 'account', name: 'ann', color: '#112233'},
            clientId: randomUUID(),
            text: textOf(no),
            receivedAt: performance.now(),
          }),
        ),
      ),
  };
}
