import {path} from './addresses.ts';
import {ServerError, type Request} from './request.ts';
import type {EventType, UpdateWebhookInput, Webhook, WebhookTest} from './types.ts';

export function webhookCalls(request: Request) {
  return {
    /** Lists all webhooks, oldest first. */
    async listWebhooks(): Promise<Webhook[]> {
      const {webhooks} = await request<{webhooks: Webhook[]}>('GET', '/webhooks');
      return webhooks;
    },

    /**
     * Adds a webhook. Events from now on are posted to `url`, where `verifyWebhook` checks them. The secret is only in this
     * answer. If an answer is lost and the call repeated, a webhook remains whose secret nobody knows. Find it with
     * `listWebhooks`, and remove it.
     */
    async addWebhook(input: {url: string; types?: EventType[]}): Promise<{webhook: Webhook; secret: string}> {
      return request('POST', '/webhooks', input);
    },

    async getWebhook(id: string): Promise<Webhook> {
      const {webhook} = await request<{webhook: Webhook}>('GET', path`/webhooks/${id}`);
      return webhook;
    },

    async updateWebhook(id: string, input: UpdateWebhookInput): Promise<Webhook> {
      const {webhook} = await request<{webhook: Webhook}>('PATCH', path`/webhooks/${id}`, input);
      return webhook;
    },

    async removeWebhook(id: string): Promise<void> {
      try {
        await request('DELETE', path`/webhooks/${id}`);
      } catch (error) {
        // The answer to an earlier attempt was lost.
        if (!(error instanceof ServerError && error.code === 'not_found')) throw error;
      }
    },

    /** Posts an empty delivery now, and returns how the endpoint answered. */
    async testWebhook(id: string): Promise<WebhookTest> {
      return request('POST', path`/webhooks/${id}/test`, {});
    },

    /** Delivers all events after a position again, under the same ids. */
    async replayWebhook(id: string, after: number): Promise<Webhook> {
      const {webhook} = await request<{webhook: Webhook}>('POST', path`/webhooks/${id}/replay`, {after});
      return webhook;
    },

    /**
     * Creates a new secret. For a day, deliveries are also signed with the previous one. A repeated call creates another
     * secret.
     */
    async rotateWebhook(id: string): Promise<string> {
      const {secret} = await request<{secret: string}>('POST', path`/webhooks/${id}/rotate`, {});
      return secret;
    },
  };
}
