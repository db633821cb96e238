import type {CallError, OutboxEntry} from '@madang/client/client';
import {createStore} from 'zustand/vanilla';
import {client} from './client.ts';

/** A send that the server refused for good. It stays here until its sender decides. */
export type Refused = {entry: OutboxEntry; error: CallError};

export const refused = createStore<{list: readonly Refused[]}>(() => ({list: []}));

client.on('refused', (item) => refused.setState(({list}) => ({list: [...list, item]})));
client.on('session', () => {
  refused.setState(({list}) => ({list: client.user === undefined ? [] : list}));
});

/**
 * Sends it again, as the newest message. Nothing of it was stored, and the same clientId ensures that it is stored once.
 */
export function retryRefused({entry}: Refused): void {
  discardRefused(entry.clientId);
  const {roomId, clientId, text, attachmentIds, replyTo, threadOf, mentions, notify} = entry;
  const content = {
    clientId,
    ...(text === undefined ? {} : {text}),
    ...(attachmentIds === undefined ? {} : {attachmentIds: [...attachmentIds]}),
    ...(replyTo === undefined ? {} : {replyTo}),
    ...(threadOf === undefined ? {} : {threadOf}),
    ...(mentions === undefined ? {} : {mentions: [...mentions]}),
    ...(notify === undefined ? {} : {notify}),
  };
  void client.send(roomId, content).catch(() => undefined);
}

export function discardRefused(clientId: string): void {
  refused.setState(({list}) => ({list: list.filter(({entry}) => entry.clientId !== clientId)}));
}
