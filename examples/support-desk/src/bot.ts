/** Answers the first message of a case, which a webhook delivers. */
import {clientIdFrom, verifyWebhook, type Server, type TenantEvent} from '@madang/server';

export type Bot = Awaited<ReturnType<typeof startBot>>;

const greeting = 'Thank you! An agent will be with you soon. · 감사합니다! 곧 상담원이 연결됩니다.';

export async function startBot(server: Server, url: string) {
  const secret = await openWebhook(server, url);
  return {
    /** Throws WebhookError for a delivery that Madang has not signed. If it throws later, Madang delivers again. */
    async receive(headers: Record<string, string | string[] | undefined>, body: Buffer): Promise<void> {
      const {data} = verifyWebhook({secret, headers, body});
      for (const event of data.events) await answer(server, event);
    },
  };
}

/** Returns the secret. This desk does not store it, so an existing webhook gets a new one and continues. */
async function openWebhook(server: Server, url: string): Promise<string> {
  const known = (await server.listWebhooks()).find((webhook) => webhook.url === url);
  if (known) return server.rotateWebhook(known.id);
  return (await server.addWebhook({url, types: ['message.created']})).secret;
}

async function answer(server: Server, {id, data: {message}}: TenantEvent): Promise<void> {
  if (message?.seq !== 1 || message.sender.kind === 'service') return;
  // An event may come twice. Its answer is stored once.
  await server.send(message.roomId, {text: greeting, clientId: clientIdFrom(id)});
}
