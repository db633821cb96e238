import type {Notification} from '@madang/client/client';

/** The target of a notification: a page of this client, or another web address. */
export type NotificationLink = {href: string; isHere: boolean};

export type NotificationContent = {title: string; text?: string; link?: NotificationLink};

/**
 * What a notification shows. Its data belong to the product: `title` and `text` are shown as plain text, or the type if
 * both are missing; `link` or `url` is followed if it is safe.
 */
export function contentOf({type, data}: Notification): NotificationContent {
  const [title, text] = [data['title'], data['text']].map(asText);
  const link = [data['link'], data['url']].map(asLink).find((found) => found !== undefined);
  return {
    title: title ?? text ?? type,
    ...(title !== undefined && text !== undefined && {text}),
    ...(link !== undefined && {link}),
  };
}

const kinds = ['mention', 'reply', 'request', 'invited', 'report'] as const;

/** The content of the cluster's own notifications about a message: who did what, and where. */
export type InboxItem = {
  kind: (typeof kinds)[number];
  roomId: string;
  sender: {name: string; color: string};
};

/** Returns the inbox item that a notification is, or undefined for one of a product. */
export function itemOf({type, data}: Notification): InboxItem | undefined {
  const kind = kinds.find((one) => type === `madang.${one}`);
  const {roomId, sender} = data as {roomId?: unknown; sender?: {name?: unknown; color?: unknown}};
  const {name, color} = sender ?? {};
  if (kind === undefined || typeof roomId !== 'string') return undefined;
  if (typeof name !== 'string' || typeof color !== 'string') return undefined;
  return {kind, roomId, sender: {name, color}};
}

function asText(value: unknown): string | undefined {
  return typeof value === 'string' && value.trim() !== '' ? value.trim() : undefined;
}

/** Returns a path of this page's own origin, or an https address. Everything else leads nowhere. */
function asLink(value: unknown): NotificationLink | undefined {
  if (typeof value !== 'string') return undefined;
  // Otherwise `//elsewhere` and `/\elsewhere`, which begin like a path, would lead to another site.
  const base = 'https://here.invalid';
  const path = value.startsWith('/') ? URL.parse(value, base) : null;
  if (path !== null) {
    const {origin, pathname, search, hash} = path;
    return origin === base ? {href: pathname + search + hash, isHere: true} : undefined;
  }
  const url = URL.parse(value);
  if (url === null || url.protocol !== 'https:' || url.username !== '' || url.password !== '')
    return undefined;
  return {href: url.href, isHere: false};
}
