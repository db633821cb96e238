import {textPart} from '@madang/protocol/path';
import {path} from './addresses.ts';
import {eventCalls} from './events.ts';
import {keyCalls} from './keys.ts';
import {memberCalls} from './members.ts';
import {messageCalls} from './messages.ts';
import {roomCalls} from './rooms.ts';
import {tenantCalls} from './tenant.ts';
import {userCalls} from './users.ts';
import {webhookCalls} from './webhooks.ts';
import {createLineRequest, createRequest, type RequestOptions} from './request.ts';
import type {UserName} from './types.ts';

export {clientIdFrom} from './client-id-from.ts';
export {ServerError} from './request.ts';
export type {ErrorCode} from './request.ts';
export {signToken} from './sign-token.ts';
export type {TokenInput} from './sign-token.ts';
export {verifyWebhook, WebhookError} from './verify-webhook.ts';
export type {ReceivedWebhook} from './verify-webhook.ts';
export type * from './types.ts';

/** `url` is the cluster's address. `key` is a service key (`mdk_…`), which must stay on the server. */
export type ServerOptions = RequestOptions;
export type Server = ReturnType<typeof createServer>;

/**
 * Calls a Madang cluster as a product's service, in the product's tenant. A call that fails throws ServerError. After a
 * temporary refusal the call is repeated and still takes effect once. Only `createKey`, `addWebhook` and `rotateWebhook`
 * may take effect twice.
 */
export function createServer(options: ServerOptions) {
  return {
    ...callsOf(options),
    /**
     * Returns the same calls on behalf of a user, who is named by the product's own id, or by `id:` and Madang's id. The
     * key needs the scope `act`. What the calls write belongs to the user, and everybody sees which service wrote it.
     */
    asUser(name: UserName) {
      // With an empty name, the service itself would write what is meant as the user's.
      const user = path`${textPart(name)}`;
      return callsOf(options, {user});
    },
  };
}

function callsOf(options: RequestOptions, as?: {user: string}) {
  const request = createRequest(options, as);
  const requestLines = createLineRequest(options, as);
  return {
    ...userCalls(request, requestLines),
    ...roomCalls(request, requestLines),
    ...memberCalls(request),
    ...messageCalls(request),
    ...eventCalls(request),
    ...webhookCalls(request),
    ...keyCalls(request),
    ...tenantCalls(request),
  };
}
