/** The HTTP side of a gateway: the steps of a request, in order. */
import type {RequestListener} from 'node:http';
import type {RedisClients} from '@madang/redis/clients';
import type {Reserve} from '@madang/redis/reserve';
import express, {type Express, type Request} from 'express';
import type {Node} from '../node.ts';
import type {Identify} from '../identity/identify.ts';
import {basePath} from '../identity/public-address.ts';
import type {Operation} from '../calls/operation.ts';
import type {RunOperation} from '../calls/run-operation.ts';
import {documents} from './documents.ts';
import {errorHandler, notFound} from './error-handler.ts';
import {noStore, securityHeaders} from './headers.ts';
import {exactPath} from './exact-path.ts';
import {health} from './health.ts';
import {hostCheck} from './host.ts';
import {jsonBody} from './json-body.ts';
import {oauth} from './sign-in/oauth.ts';
import {originCheck} from './origin.ts';
import {refusePolling} from './polling.ts';
import {requestLog} from './request-log.ts';
import {routes} from './routes.ts';
import {createSessions} from './sign-in/sessions.ts';
import {webClient} from './web-client.ts';

export type AppOptions = {
  node: Node;
  identify: Identify;
  redis: Pick<RedisClients, 'sessions' | 'keys'>;
  reserve: Reserve;
  operations: readonly Operation[];
  run: RunOperation;
  /** False while the node starts or drains. */
  isReady: () => boolean;
  /** Answers Socket.IO's long polling where the operator allows it. */
  polling?: RequestListener | undefined;
};

/**
 * Builds the Express application of a node.
 *
 * The body is read before the session, so that the caller is looked up only once the whole call has arrived, even if it
 * arrives slowly.
 */
export function createApp(options: AppOptions): Express {
  const {node, identify, redis, reserve, operations, run, isReady, polling} = options;
  const sessions = createSessions(node, redis, reserve, identify);
  const isService = async (req: Request) => {
    const {take} = node.limits;
    const perAddress = node.config.RATE_LIMITS['requests-per-address'];
    return identify.isService(req.headers, () => take(perAddress, identify.addressOf(req)));
  };
  const app = express();
  app.disable('x-powered-by');
  app.disable('etag');
  app.set('trust proxy', node.config.TRUST_PROXY);
  app.set('query parser', 'simple');

  app.use(health(isReady));
  app.use(requestLog(node.log));
  app.use(securityHeaders(node.config));
  app.use(hostCheck(identify));
  app.use(originCheck(identify));
  app.use('/socket.io', noStore, polling ?? refusePolling());
  app.use(exactPath);
  app.use('/api', noStore);
  app.use('/api/v1', documents(operations, basePath(node.config)));
  app.use(['/auth', '/api/v1/auth'], noStore, oauth({node, identify, sessions}));
  app.use('/api/v1', ...jsonBody(operations, isService), routes({node, identify, sessions, operations, run}));
  app.use(webClient(node.config.WEB_DIR, basePath(node.config)));
  app.use(notFound);
  app.use(errorHandler);
  return app;
}
