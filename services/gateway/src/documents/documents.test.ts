import {createRequire} from 'node:module';
import {calls} from '@madang/protocol/calls';
import {errorTable} from '@madang/protocol/errors';
import {serverEvents} from '@madang/protocol/events';
import {shapes} from '@madang/protocol/shapes';
import {Validator} from '@seriousme/openapi-schema-validator';
import {Ajv} from 'ajv';
import {Ajv2020} from 'ajv/dist/2020.js';
import formats from 'ajv-formats';
import {expect, test} from 'vitest';
import {z} from 'zod';
import {schema} from '../config.ts';
import type {Node} from '../node.ts';
import {oauth} from '../http/sign-in/oauth.ts';
import type {Sessions} from '../http/sign-in/sessions.ts';
import type {Identify} from '../identity/identify.ts';
import {operations} from '../operations.ts';
import {asyncapiDocument} from './asyncapi.ts';
import {openapiDocument} from './openapi.ts';
import {nameOfOperation} from './wire-schemas.ts';

// The document as it is served: passed through JSON.
const openapi = JSON.parse(JSON.stringify(openapiDocument(operations)));
const asyncapi = JSON.parse(JSON.stringify(asyncapiDocument(operations)));

type Specs = {schemasWithoutId: Record<string, object>};

/** Every `$ref` in a document, at any depth. */
function refsIn(value: unknown): string[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) =>
    key === '$ref' ? [inner as string] : refsIn(inner),
  );
}

/** Every field in a document, at any depth: its path, and the description beside it. */
function fieldsIn(value: unknown, path = ''): {path: string; description?: unknown}[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) => {
    const below = fieldsIn(inner, `${path}/${key}`);
    if (key !== 'properties' || path.endsWith('/properties')) return below;
    const fields = Object.entries(inner as Record<string, {description?: unknown}>);
    return [...fields.map(([name, {description}]) => ({path: `${path}/${name}`, description})), ...below];
  });
}

function resolve(document: object, ref: string): unknown {
  const keys = ref.slice('#/'.length).split('/');
  return keys.reduce<unknown>((at, key) => (at as Record<string, unknown> | undefined)?.[key], document);
}

const roomId = '0193c5a0-0000-7000-8000-000000000000';
const clientId = '0193c5a0-0000-7000-8000-000000000001';

function validatorOf(name: string) {
  const ajv = new Ajv2020({strict: false});
  formats.default(ajv);
  ajv.addSchema({
    $id: 'wire',
    components: {schemas: {...asyncapi.components.schemas, ...openapi.components.schemas}},
  });
  return ajv.getSchema(`wire#/components/schemas/${name}`)!;
}

test('the OpenAPI document is valid OpenAPI 3.1', async () => {
  const validator = new Validator();
  const {valid, errors} = await validator.validate(openapi);

  expect(errors).toBeUndefined();
  expect(valid).toBe(true);
  expect(validator.version).toBe('3.1');
});

test('the AsyncAPI document is valid AsyncAPI 3', () => {
  // The schemas with ids include the meta-schema, which ajv already has.
  const {schemasWithoutId} = createRequire(import.meta.url)('@asyncapi/specs') as Specs;
  const ajv = new Ajv({strict: false, validateFormats: false});
  const isValid = ajv.compile(schemasWithoutId[asyncapi.asyncapi]!);

  isValid(asyncapi);
  expect(isValid.errors).toBeNull();
});

test.each([
  ['OpenAPI', openapi],
  ['AsyncAPI', asyncapi],
])('every reference of the %s document leads somewhere', (_name, document) => {
  const refs = refsIn(document);

  expect(refs.length).toBeGreaterThan(50);
  expect(refs.filter((ref) => resolve(document, ref) === undefined)).toEqual([]);
});

test.each([
  ['OpenAPI', openapi],
  ['AsyncAPI', asyncapi],
])('every field in the %s document is described', (_name, document) => {
  const fields = fieldsIn(document);

  expect(fields.length).toBeGreaterThan(150);
  expect(fields.filter(({description}) => !description).map(({path}) => path)).toEqual([]);
});

test('every operation of the OpenAPI document has a summary, a tag, an example and its refusals', () => {
  type Documented = {summary?: string; tags?: string[]; responses: Record<string, unknown>};
  const documented = Object.values<Record<string, Documented>>(openapi.paths).flatMap(
    Object.values<Documented>,
  );
  const isWhole = ({summary, tags, responses, ...rest}: Documented) =>
    summary &&
    tags?.length === 1 &&
    /"examples?":/.test(JSON.stringify({rest, responses})) &&
    Object.keys(responses).some((status) => status.startsWith('4'));

  expect(documented.length).toBeGreaterThan(30);
  expect(documented.filter((each) => !isWhole(each)).map(({summary}) => summary)).toEqual([]);
});

/** The served routes that lead browsers to a provider and back. */
function providerRoutes(): string[] {
  const config = schema.parse({
    MADANG_ENV: 'development',
    DATABASE_URL: 'postgres://madang@127.0.0.1/madang',
    REDIS_URL: 'redis://127.0.0.1',
    SESSION_SECRET: 'a secret of the tests that is long enough',
    GITHUB_CLIENT_ID: 'an-app',
    GITHUB_CLIENT_SECRET: 'its secret',
  });
  const {stack} = oauth({node: {config} as Node, identify: {} as Identify, sessions: {} as Sessions});
  return stack.flatMap(({route}) =>
    route ? route.stack.map(({method}) => `${method} /auth${route.path}`) : [],
  );
}

test('OpenAPI has a path for every operation with a route, and for those of a provider', () => {
  const documented = Object.entries(openapi.paths).flatMap(([path, methods]) =>
    Object.keys(methods as object).map((method) => `${method} ${path}`),
  );
  const routes = operations.flatMap(({http}) =>
    http ? [`${http.method} ${http.path.replaceAll(/:(\w+)/g, '{$1}')}`] : [],
  );

  expect(providerRoutes()).toEqual(['get /auth/github', 'get /auth/github/callback']);
  expect(documented.toSorted()).toEqual([...routes, ...providerRoutes()].toSorted());
});

test('AsyncAPI has every event of either direction', () => {
  const named = Object.values(asyncapi.operations as Record<string, {action: string; title: string}>);
  const titles = (action: string) => named.filter((each) => each.action === action).map(({title}) => title);

  expect(titles('receive').toSorted()).toEqual(Object.keys(calls).toSorted());
  expect(titles('send').toSorted()).toEqual(Object.keys(serverEvents).toSorted());
});

test('names what is needed of a call, in its path, query and body', () => {
  const send = openapi.paths['/rooms/{roomId}/messages'].post;
  const list = openapi.paths['/rooms/{roomId}/messages'].get;

  expect(send.parameters.map(({name}: {name: string}) => name)).toEqual(['roomId', 'Madang-As-User']);
  expect(send.requestBody.content['application/json'].schema).toMatchObject({
    required: ['clientId'],
    anyOf: [{required: ['text']}, {required: ['attachmentIds']}],
    additionalProperties: false,
  });
  expect(openapi.paths['/notifications/read'].post.requestBody.required).toBe(true);
  expect(list.parameters.map(({name}: {name: string}) => name)).toEqual([
    'roomId',
    'before',
    'around',
    'after',
    'threadOf',
    'pinned',
    'limit',
    'Madang-As-User',
  ]);
});

test('marks as open what anyone may call, and nothing else', () => {
  const isNone = (scheme: object) => Object.keys(scheme).length === 0;
  const open = Object.entries<Record<string, {security?: object[]}>>(openapi.paths).flatMap(
    ([path, methods]) =>
      Object.entries(methods).flatMap(([method, {security}]) =>
        security?.some(isNone) ? [`${method} ${path}`] : [],
      ),
  );

  expect(open.filter((route) => !route.includes(' /auth/'))).toEqual(['get /invites/{token}']);
  expect(open).toEqual(expect.arrayContaining(['post /auth/login', ...providerRoutes()]));
});

test('its schemas refuse unknown fields of a request, and allow those of an answer', () => {
  expect(validatorOf('RoomJoinInput')({roomId})).toBe(true);
  expect(validatorOf('RoomJoinInput')({roomId, isAdmin: true})).toBe(false);
  expect(validatorOf('LeaveRoomResult')({leftAt: 5, added: 'later'})).toBe(true);
});

test('what several operations share is named after what it is, not after one of them', () => {
  const uses = operations.flatMap(({input, result}) => [input, result]);
  const shared = uses.filter((schema, index) => uses.indexOf(schema) !== index);
  const named = new Set<unknown>(Object.values(shapes));

  expect(shared.length).toBeGreaterThan(10);
  expect(shared.filter((schema) => !named.has(schema)).map((schema) => z.toJSONSchema(schema))).toEqual([]);
});

test.each([
  ['MessageSendInput', {roomId, clientId}, false],
  ['MessageSendInput', {roomId, clientId, text: 'Hello'}, true],
  ['MessageSendInput', {roomId, clientId, attachmentIds: [clientId]}, true],
  ['NotificationReadInput', {}, false],
  ['NotificationReadInput', {ids: [roomId]}, true],
  ['NotificationReadInput', {upTo: roomId}, true],
  ['NotificationReadInput', {ids: [roomId], upTo: roomId}, false],
])('%s takes %j: %s, as the server does', (name, input, isTaken) => {
  const operation = operations.find((each) => `${nameOfOperation(each)}Input` === name);

  expect(validatorOf(name)(input)).toBe(isTaken);
  expect(operation?.input.safeParse(input).success).toBe(isTaken);
});

test('documents every error code', () => {
  expect(openapi.components.schemas.Error.properties.code.enum).toEqual(Object.keys(errorTable));
});
