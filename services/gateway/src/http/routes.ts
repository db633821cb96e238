/** The HTTP forms of the operations, made from the table. */
import type {Acting} from '@madang/database/operator/audit';
import {ChatError} from '@madang/protocol/errors';
import {Router, type Request, type Response} from 'express';
import type {z} from 'zod';
import {anyone} from '../calls/access.ts';
import {asUserHeader} from '../identity/act-as.ts';
import type {Context} from '../context.ts';
import type {ServedFile} from '../files/transfer.ts';
import type {Node} from '../node.ts';
import {withoutForeign, type Credential} from '../identity/credentials.ts';
import {callerOf, type Identify} from '../identity/identify.ts';
import {EndedKey} from '../identity/service-keys.ts';
import {TokenRefused} from '../jwt/verify-token.ts';
import {noteEndedKey, noteKeyUse, noteRefusedToken, noteTokenUse} from '../audit/sign-in-audit.ts';
import type {Operation} from '../calls/operation.ts';
import type {RunOperation} from '../calls/run-operation.ts';
import {readTexts} from './query-values.ts';
import {sendFile} from './send-file.ts';
import {sendLines} from './send-lines.ts';
import {callerOfSignature} from './signed-address.ts';
import type {Sessions} from './sign-in/sessions.ts';
import {createUploads} from './uploads/uploads.ts';

export type RoutesOptions = {
  node: Node;
  identify: Identify;
  sessions: Sessions;
  operations: readonly Operation[];
  run: RunOperation;
};

export function routes({node, identify, sessions, operations, run}: RoutesOptions): Router {
  const router = Router({strict: true});
  const uploads = createUploads();
  for (const operation of operations) {
    const {http} = operation;
    if (!http) continue;
    router[http.method](http.path, async (req, res) => {
      const ctx = await contextOf(req, res, operation);
      const upload = http.takes === 'file' ? uploads.begin(req, ctx.asUser) : undefined;
      try {
        const reply = await run(
          operation,
          ctx,
          upload ? {...req.query, file: upload} : inputOf(req, operation.input),
        );
        // In the same step as the answer, as over a socket.
        const output = typeof reply === 'function' ? reply() : reply;
        res.status(http.status ?? 200);
        if (http.answers === 'file') {
          const {COOKIE_SAME_SITE} = node.config;
          // A page of any site may show a signed address; for other addresses the browser's own cookie decides.
          const isOpen = req.query['signature'] !== undefined || COOKIE_SAME_SITE === 'none';
          await sendFile(req, res, output as ServedFile, isOpen ? 'cross-origin' : 'same-site');
        } else if (http.answers === 'lines') await sendLines(res, output as AsyncIterable<unknown>);
        else if (http.status === 204) res.end();
        else res.json(output);
      } catch (error) {
        if (upload) await upload.discard();
        throw error;
      } finally {
        upload?.end();
      }
    });
  }

  async function contextOf(req: Request, res: Response, operation: Operation): Promise<Context<Node>> {
    const receivedAt = performance.now();
    // Read before the first wait: once a client has disconnected, its socket has no address.
    const address = identify.addressOf(req);
    req.address = address;
    const signature = operation.http?.answers === 'file' ? req.query['signature'] : undefined;
    const isOptional = operation.policy === anyone;
    const headers = isOptional ? withoutForeign(req.headers) : req.headers;
    const given = signature === undefined ? identify.credentialOf(headers) : undefined;
    const isKey = given?.from === 'key';
    // A key fixes the tenant, whatever the host name.
    const tenant = isKey ? undefined : await identify.tenantOf(req);
    const credential = await identify.soleCredential(given, tenant?.id, {isOptional});
    // If anyone may call, the session is not read: signing out must work without Redis, and signing in is limited by
    // address before it costs a look-up. A key is read, since it decides the tenant.
    const isRead = isKey || !isOptional;
    if (isRead && !identify.isKeyOfService(credential))
      await node.limits.take(node.config.RATE_LIMITS['requests-per-address'], address);
    const call = {address, requestId: req.requestId};
    const identity = credential && isRead ? await load(credential, call, tenant?.id) : undefined;
    const caller =
      signature === undefined
        ? identity && callerOf(identity)
        : await callerOfSignature(
            node.db,
            {fileId: req.params['fileId'] as string, signature: String(signature)},
            node.config.SESSION_SECRET,
          );
    const tenantId = caller?.tenantId ?? tenant?.id;
    if (tenantId === undefined) throw new ChatError('unauthenticated');
    req.tenantId = tenantId;
    req.userId = caller?.user.id;
    const session = sessions.controlOf({req, res, credential});
    if (isKey && caller) noteKeyUse(node.audit, caller, call, 'http');
    if (identity?.token) noteTokenUse(node.audit, {...identity, token: identity.token}, call);
    const asUser = req.get(asUserHeader);
    // A session cannot call as anybody else.
    if (asUser !== undefined && !isKey) {
      throw new ChatError('forbidden', {
        message: 'Madang-As-User needs a service key.',
        details: {scope: 'act'},
      });
    }
    return {node, log: req.log, tenantId, ...call, receivedAt, caller, asUser, session};
  }

  async function load(credential: Credential, call: Acting, tenantId?: string) {
    try {
      return await identify.load(await identify.prove(credential, tenantId), tenantId, 'http');
    } catch (error) {
      if (error instanceof EndedKey) noteEndedKey(node.audit, error, call, 'http');
      if (error instanceof TokenRefused && tenantId !== undefined)
        noteRefusedToken(node.audit, error, {...call, tenantId});
      throw error;
    }
  }

  return router;
}

/** The operation's one input object: parameters of the path, and of the query or the fields of the body. */
function inputOf(req: Request, schema: z.ZodType): unknown {
  // The input of a write is in its body: addresses are logged, and a page of another site can open any address.
  const isRead = req.method === 'GET' || req.method === 'HEAD';
  if (!isRead && Object.keys(req.query).length > 0) {
    throw new ChatError('invalid', {message: 'Send the fields in the body, not in the query.'});
  }
  const body: unknown = req.body ?? {};
  if (typeof body !== 'object' || body === null || Array.isArray(body)) {
    throw new ChatError('invalid', {message: 'The body must be an object.'});
  }
  const given = [
    ...readTexts(schema, req.params),
    ...readTexts(schema, req.query),
    ...Object.entries(body as Record<string, unknown>),
  ];
  // Not by assignment, which would drop a key like __proto__ before the schema can refuse it.
  const input: unknown = Object.fromEntries(given);
  if (new Set(given.map(([key]) => key)).size < given.length) {
    throw new ChatError('invalid', {message: 'A field appears twice.'});
  }
  return input;
}
