import {listUsers as readUsers, listUsersAmong} from '@madang/database/users/directory';
import {ChatError} from '@madang/protocol/errors';
import {limits} from '@madang/protocol/limits';
import type {ListUsersInput, ListUsersResult} from '@madang/protocol/users';
import {tenantPlace} from '@madang/redis/occupancy';
import type {Handler, SignedInContext} from '../context.ts';
import {markOnline} from './mark-online.ts';
import type {UsersNeeds} from './needs.ts';

type UsersContext = SignedInContext<UsersNeeds>;

/**
 * Lists the tenant's users by name, each with whether it is online now. With `online`, pages are cut before names are
 * checked: a page may be short, and only a missing `next` ends the list. Services are shown only to services, which get
 * complete users.
 */
export const listUsers: Handler<UsersContext, ListUsersInput, ListUsersResult> = async (ctx, input) => {
  refuseFieldsOfServices(ctx, input);
  const {ids, externalIds, online} = input;
  if (online && !ids && !externalIds) return listOnline(ctx, input);
  const page =
    ids || externalIds ? await listNamed(ctx, input) : await readUsers(ctx.node.db, pageOf(ctx, input));
  const users = await markOnline(ctx, page.users);
  return {
    users: online === undefined ? users : users.filter((user) => user.online === online),
    next: page.next,
  };
};

function refuseFieldsOfServices({caller}: UsersContext, {externalIds, disabled}: ListUsersInput): void {
  if (caller.key !== undefined || (externalIds === undefined && disabled === undefined)) return;
  throw new ChatError('forbidden', {message: 'Only a service may list users by externalIds or disabled.'});
}

function pageOf(
  {caller}: UsersContext,
  {query, after, disabled, limit = limits.defaultPageItems}: ListUsersInput,
) {
  return {
    tenantId: caller.tenantId,
    query,
    after,
    disabled,
    limit,
    isService: caller.key !== undefined,
  };
}

async function listOnline(ctx: UsersContext, input: ListUsersInput): Promise<ListUsersResult> {
  const {node, caller} = ctx;
  const {after, ...page} = pageOf(ctx, input);
  const {userIds, next} = await node.occupancy.listOnline(tenantPlace(caller.tenantId), {
    after,
    limit: page.limit,
  });
  const {users} = await listUsersAmong(node.db, page, {ids: userIds});
  return {users: await markOnline(ctx, users), next};
}

/** In a tenant without a directory, people can look up only users whom they meet. */
async function listNamed(ctx: UsersContext, input: ListUsersInput) {
  const {node, caller} = ctx;
  const {limit = limits.pageItems, ids, externalIds} = input;
  const page = pageOf(ctx, {...input, limit});
  const isFree = page.isService || (await node.tenants.get(caller.tenantId)).policy.people.directory;
  return listUsersAmong(node.db, page, {ids, externalIds, metBy: isFree ? undefined : caller.user.id});
}
