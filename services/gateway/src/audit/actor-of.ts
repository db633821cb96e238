import type {User} from '@madang/protocol/users';
import type {Caller} from '../context.ts';

/** The acting user: the service, even when it calls as a user. It keeps its own grants, and the audit log names it. */
export const actorOf = ({user, service}: Pick<Caller, 'user' | 'service'>): User => service ?? user;
