import {listNotifications as selectNotifications} from '@madang/database/notifications/notifications';
import type {ListNotificationsInput, ListNotificationsResult} from '@madang/protocol/notifications';
import type {Handler, SignedInContext} from '../context.ts';
import type {NotificationsNeeds} from './needs.ts';

/** Pages through the caller's own notifications, newest first. */
export const listNotifications: Handler<
  SignedInContext<NotificationsNeeds>,
  ListNotificationsInput,
  ListNotificationsResult
> = ({node, caller}, {after, limit}) => selectNotifications(node.db, {userId: caller.user.id, after, limit});
