/** Answers the first message of a case, heard by a webhook. */
import {createHash} from 'node:crypto';
import {verifyWebhook, type Server, type TenantEvent} from '@madang/server';

export type Bot = Awaited<ReturnType<typeof startBot>>;

const greeting = 'Thank you! An agent will be with you soon. · 감사합니다! 곧 상담원이 연결됩니다.';

export async function startBot(server: Server, url: string) {
  // A secret is shown once, and this desk does not keep it: the webhook of an earlier life goes.
  for (const {id, url: earlier} of await server.listWebhooks()) {
    if (earlier === url) await server.removeWebhook(id);
  }
  const {webhook, secret} = await server.addWebhook({url, types: ['message.created']});

  return {
    /** Throws WebhookError for what Madang has not signed. What is thrown later makes Madang deliver again. */
    async receive(headers: Record<string, string | string[] | undefined>, body: Buffer): Promise<void> {
      const {data} = verifyWebhook({secret, headers, body});
      for (const event of data.events) await answer(server, event);
    },
    stop: () => server.removeWebhook(webhook.id),
  };
}

async function answer(server: Server, {id, data: {message}}: TenantEvent): Promise<void> {
  if (message?.seq !== 1 || message.sender.kind === 'service') return;
  await server.send(message.roomId, {text: greeting, clientId: idFrom(id)});
}

/** An event may come twice, and has the same id then: so has the answer, which is stored once. */
function idFrom(text: string): string {
  const hex = createHash('sha256').update(text).digest('hex');
  return hex.replace(/^(.{8})(.{4}).(.{3}).(.{3})(.{12}).*$/, '$1-$2-4$3-8$4-$5');
}
