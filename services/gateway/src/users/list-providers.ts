import type {EmptyInput} from '@madang/protocol/presence';
import type {ProvidersResult} from '@madang/protocol/users';
import type {Context, Handler} from '../context.ts';
import type {UsersNeeds} from './needs.ts';

/** Names the providers that people can sign in with, each at `/auth/<name>`. */
export const listProviders: Handler<Context<UsersNeeds>, EmptyInput, ProvidersResult> = async ({node}) => ({
  providers: node.config.GITHUB_CLIENT_ID ? ['github'] : [],
});
