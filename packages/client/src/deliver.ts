import type {Caller} from './calls.ts';
import type {OutboxEntry, SendResult} from './outbox.ts';

/** Sends an entry of the outbox once. */
export function deliver(caller: Caller, entry: OutboxEntry, timeoutMs: number): Promise<SendResult> {
  const {roomId, clientId, text, attachmentIds, replyTo, threadOf, mentions, notify, data} = entry;
  const content = {
    ...(text === undefined ? {} : {text}),
    ...(attachmentIds === undefined ? {} : {attachmentIds: [...attachmentIds]}),
    ...(replyTo === undefined ? {} : {replyTo}),
    ...(threadOf === undefined ? {} : {threadOf}),
    ...(mentions === undefined ? {} : {mentions: [...mentions]}),
    ...(notify === undefined ? {} : {notify}),
    ...(data === undefined ? {} : {data}),
  };
  return caller.call('message:send', {roomId, clientId, ...content}, {timeoutMs});
}
