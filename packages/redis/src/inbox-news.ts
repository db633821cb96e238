/**
 * Tells gateways that inboxes have news, so that they need not wait for their next pulse. At most once: what is lost
 * while Redis is away, the pulse finds. Sharded publications, as the Socket.IO adapter's, pass one shard of a Cluster.
 */
import type {RedisClients} from './clients.ts';

type Publishing = Pick<RedisClients, 'keys' | 'publisher'>;
type Subscribing = Pick<RedisClients, 'keys' | 'subscriber'>;

/** Call it after the commit. */
export function tellInboxNews({keys, publisher}: Publishing, userIds: readonly string[]): void {
  // A rejection is counted by the client, and costs a second.
  void publisher.spublish(keys.inboxNews, JSON.stringify(userIds)).catch(() => undefined);
}

/** Calls back with the users whose inboxes have news. The subscription survives reconnects. */
export function hearInboxNews({keys, subscriber}: Subscribing, onNews: (userIds: string[]) => void): void {
  subscriber.on('smessageBuffer', (channel: Buffer, text: Buffer) => {
    if (channel.toString() === keys.inboxNews) onNews(JSON.parse(text.toString()) as string[]);
  });
  void subscriber.ssubscribe(keys.inboxNews).catch(() => undefined);
}
