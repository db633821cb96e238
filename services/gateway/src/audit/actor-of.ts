import type {User} from '@madang/protocol/users';
import type {Caller} from '../context.ts';

/** Who acts: the service, also where it calls as a user. What a key is granted it keeps, and the audit log names it. */
export const actorOf = ({user, service}: Pick<Caller, 'user' | 'service'>): User => service ?? user;
