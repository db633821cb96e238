import type {Request, Response} from 'express';
import type {Credential} from '../../identity/credentials.ts';

/** A request that signs in or out, its answer, and the credential that it carries. */
export type Exchange = {req: Request; res: Response; credential: Credential | undefined};

/** The call as the audit log records it. */
export const callOf = ({tenantId, address, requestId}: Request) => ({tenantId, address, requestId});

/** Where the call comes from, as its user is shown it. */
export const fromOf = ({address, headers}: Request) => ({address, agent: headers['user-agent']});
