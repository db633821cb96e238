import {Router} from 'express';
import {asyncapiDocument} from '../documents/asyncapi.ts';
import {openapiDocument} from '../documents/openapi.ts';
import type {Operation} from '../operation.ts';

/** Serves the generated description of the wire, as old as this process. */
export function documents(operations: readonly Operation[]): Router {
  const openapi = openapiDocument(operations);
  const asyncapi = asyncapiDocument(operations);
  const router = Router({strict: true});
  router.get('/openapi.json', (_req, res) => void res.json(openapi));
  router.get('/asyncapi.json', (_req, res) => void res.json(asyncapi));
  return router;
}
