import type {Notification, Notifications} from '@madang/client';
import type {Texts} from '../texts.ts';
import {buttonOf, textIn} from './orders.ts';

const shownAtOnce = 5;

/**
 * Shows a toast for each unread notification, including those that came while nobody was here. A toast disappears when its
 * notification is read, here or on another device. Following its link marks it as read. The page never navigates by itself.
 */
export function showToasts(area: HTMLElement, notifications: Notifications, t: Texts): void {
  const unread = notifications.items.filter(({readAt}) => readAt === undefined).slice(0, shownAtOnce);
  const shown = new Map([...area.children].map((toast) => [(toast as HTMLElement).dataset['id'], toast]));
  const wanted = new Set(unread.map(({id}) => id));
  for (const [id, toast] of shown) if (!wanted.has(id!)) toast.remove();
  // Oldest first, so the newest comes last, where it is nearest to the edge.
  for (const notification of unread.toReversed()) {
    if (!shown.has(notification.id)) area.append(toastOf(notification, notifications, t));
  }
}

function toastOf({id, type, data}: Notification, notifications: Notifications, t: Texts): HTMLElement {
  const toast = document.createElement('div');
  toast.className = 'toast';
  toast.dataset['id'] = id;
  const read = () => void notifications.markRead([id]).catch(() => undefined);
  const link = textIn('a', t.show) as HTMLAnchorElement;
  link.href = `#order-${String(data['orderId'])}`;
  link.addEventListener('click', read);
  const text = type === 'order.placed' || type === 'order.accepted' ? t[type] : String(data['text'] ?? '');
  toast.append(textIn('span', text), link, buttonOf(t.dismiss, read));
  return toast;
}
