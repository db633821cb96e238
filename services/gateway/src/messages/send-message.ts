import {findMentions} from '@madang/database/messages/mentions';
import {ChatError} from '@madang/protocol/errors';
import type {SendMessageInput, SendMessageResult, Sender} from '@madang/protocol/messages';
import type {User} from '@madang/protocol/users';
import {actorOf} from '../audit/actor-of.ts';
import type {Handler, SignedInContext} from '../context.ts';
import type {MessagesNeeds} from './needs.ts';

/**
 * Sends a message to a room.
 *
 * Safe to retry: the same clientId from the same user returns the first result, marked duplicate, even if the user has
 * left since. So the database itself checks rights, after it has looked for a duplicate. The broadcast follows the
 * commit, so nobody sees a message that the database does not have.
 *
 * Mentions are looked up before, without a lock: they say nothing about rights, and the projector checks each recipient
 * when it writes the inbox item. A message without mentions does not pay for them.
 */
export const sendMessage: Handler<
  SignedInContext<MessagesNeeds>,
  SendMessageInput,
  SendMessageResult
> = async (ctx, input) => {
  const {node, caller, receivedAt} = ctx;
  const {roomId, clientId, text = '', attachmentIds, replyTo, threadOf, data} = input;
  const {id, kind} = caller.user;
  const isSystem = input.kind === 'system';
  if (isSystem && kind !== 'service') {
    throw new ChatError('forbidden', {message: 'kind: only a service sends system messages.'});
  }
  const mentioning =
    input.mentions || input.notify
      ? await findMentions(node.db, {...input, text, userId: id, actorId: actorOf(caller).id})
      : {};
  node.crashPoint('before_append');
  const {seq, rev, createdAt, duplicate} = await node.appender.append({
    tenantId: caller.tenantId,
    roomId,
    senderId: id,
    sender: senderOf(caller.user),
    clientId,
    text,
    replyTo,
    ...(threadOf !== undefined && {threadOf}),
    attachmentIds,
    ...(data && {data}),
    ...mentioning,
    ...(isSystem && {kind: 'system'}),
    ...(caller.service && {via: senderOf(caller.service)}),
    receivedAt,
  });
  node.crashPoint('after_commit_before_ack');
  node.log.debug({roomId, rev, clientId, userId: id, duplicate}, 'stored');
  node.metrics.sends.inc({outcome: duplicate ? 'duplicate' : 'stored'});
  if (!duplicate) node.usage.stored(caller.tenantId, 1);
  if (duplicate) node.broadcast.catchUp({roomId, rev});
  return {seq, rev, createdAt, duplicate};
};

/** The user as readers will always see them with this message. */
function senderOf({id, name, displayName, color, kind}: User): Sender {
  return {id, name: displayName ?? name, color, kind};
}
