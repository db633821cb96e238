import {readNotifications as markAsRead} from '@madang/database/notifications/notifications';
import type {ReadNotificationsInput, ReadNotificationsResult} from '@madang/protocol/notifications';
import type {Handler, SignedInContext} from '../context.ts';
import type {NotificationsNeeds} from './needs.ts';

/** Marks the caller's own notifications as read. All devices, including this one, get `notification:read`. */
export const readNotifications: Handler<
  SignedInContext<NotificationsNeeds>,
  ReadNotificationsInput,
  ReadNotificationsResult
> = async ({node, caller}, {ids, upTo}) => {
  const userId = caller.user.id;
  const {unread, changed} = await markAsRead(node.db, {userId, ids, upTo});
  if (changed) node.broadcast.signal({kind: 'notified', userIds: [userId]});
  return {unread};
};
