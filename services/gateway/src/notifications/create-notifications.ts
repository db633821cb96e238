import {notifyUsers} from '@madang/database/notifications/notifications';
import type {CreateNotificationsInput, CreateNotificationsResult} from '@madang/protocol/notifications';
import type {Handler, SignedInContext} from '../context.ts';
import type {NotificationsNeeds} from './needs.ts';

/**
 * Notifies users of the caller's tenant on all their devices, now or when they return.
 *
 * Safe to retry with a `key`: the same key returns the first result. The doorbell follows the commit, so no client
 * learns of a notification that the database does not have. If the doorbell is lost, the pulse finds the signal.
 */
export const createNotifications: Handler<
  SignedInContext<NotificationsNeeds>,
  CreateNotificationsInput,
  CreateNotificationsResult
> = async ({node, caller}, {to, type, data, key}) => {
  const {ids, duplicate} = await notifyUsers(node.db, {
    tenantId: caller.tenantId,
    senderId: caller.user.id,
    to,
    type,
    data,
    key,
  });
  node.metrics.notifications.inc({outcome: duplicate ? 'duplicate' : 'stored'}, new Set(to).size);
  if (!duplicate) {
    node.crashPoint('after_commit_before_broadcast');
    node.broadcast.signal({kind: 'notified', userIds: [...new Set(to)]});
  }
  return {ids};
};
