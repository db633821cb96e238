import {readFileSync} from 'node:fs';
import {Router} from 'express';
import {asyncapiDocument} from '../documents/asyncapi.ts';
import {openapiDocument} from '../documents/openapi.ts';
import {referencePage} from '../documents/reference-page.ts';
import {createReference} from '../documents/reference.ts';
import type {Operation} from '../calls/operation.ts';

const style = readFileSync(new URL('../documents/reference.css', import.meta.url), 'utf8');

/** Serves the generated wire documents, for programs and for people, as built when this process started. */
export function documents(operations: readonly Operation[], base: string): Router {
  const openapi = JSON.stringify(openapiDocument(operations, base));
  const asyncapi = JSON.stringify(asyncapiDocument(operations));
  const page = referencePage(createReference(operations), {stylesheet: 'docs.css'});
  const router = Router({strict: true});
  router.get('/openapi.json', (_req, res) => void res.type('json').send(openapi));
  router.get('/asyncapi.json', (_req, res) => void res.type('json').send(asyncapi));
  router.get('/docs', (_req, res) => void res.type('html').send(page));
  router.get('/docs.css', (_req, res) => void res.type('css').send(style));
  return router;
}
