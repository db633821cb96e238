import {followThread as writeFollow} from '@madang/database/messages/threads';
import type {FollowThreadInput} from '@madang/protocol/threads';
import {actorOf} from '../audit/actor-of.ts';
import type {Handler, MemberContext} from '../context.ts';
import type {MessagesNeeds} from './needs.ts';

/** Follows a thread, or no longer. Idempotent. */
export const followThread: Handler<
  MemberContext<MessagesNeeds>,
  FollowThreadInput,
  Record<string, never>
> = async ({node, member, caller}, {seq, on}) => {
  await writeFollow(node.db, {...member, actorId: actorOf(caller).id}, {seq, on});
  return {};
};
