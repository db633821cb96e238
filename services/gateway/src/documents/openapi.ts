import {errorTable} from '@madang/protocol/errors';
import {PROTOCOL_VERSION} from '@madang/protocol/version';
import {anyone} from '../access.ts';
import type {Operation, Route} from '../operation.ts';
import {providerPaths} from './provider-paths.ts';
import {describeWire, nameOfOperation, type JsonSchema} from './wire-schemas.ts';

type ObjectSchema = {
  properties?: Record<string, JsonSchema>;
  required?: string[];
  /** Which of the optional fields there must be. */
  anyOf?: {required: string[]}[];
  oneOf?: {required: string[]}[];
};
type HttpOperation = Operation & {http: Route};

/** Describes the HTTP API as an OpenAPI 3.1 document, from the operation table and the schemas it runs with. */
export function openapiDocument(operations: readonly Operation[]): object {
  const {schemas, refOf} = describeWire(operations);
  const overHttp = operations.filter((operation): operation is HttpOperation => operation.http !== undefined);

  function describe(operation: HttpOperation): object {
    const {http, event, result} = operation;
    const {status = 200} = http;
    const isOpen = operation.policy === anyone;
    return {
      operationId: nameOfOperation(operation),
      ...(event === undefined ? {} : {summary: `The operation ${event} of the socket API.`}),
      ...(isOpen ? {security: [{}, {cookie: []}, {token: []}]} : {}),
      ...describeInput(operation, schemas[nameIn(refOf(operation.input).$ref)] as ObjectSchema),
      responses: {
        [status]: {
          description: status === 204 ? 'Done.' : 'The result.',
          ...(status === 204 ? {} : {content: {[typeOf(http)]: {schema: refOf(result)}}}),
        },
        default: {$ref: '#/components/responses/Refusal'},
      },
    };
  }

  const paths: Record<string, Record<string, object>> = {...providerPaths};
  for (const operation of overHttp) {
    const path = operation.http.path.replaceAll(/:(\w+)/g, '{$1}');
    paths[path] = {...paths[path], [operation.http.method]: describe(operation)};
  }

  return {
    openapi: '3.1.0',
    info: {
      title: 'Madang over HTTP',
      version: `${PROTOCOL_VERSION}`,
      description:
        'Every operation but those marked open needs a session: the cookie that signing in sets, or a token. ' +
        'The same operations are served over Socket.IO, see asyncapi.json.',
      license: {name: 'Apache-2.0', identifier: 'Apache-2.0'},
    },
    servers: [{url: '/api/v1'}],
    security: [{cookie: []}, {token: []}],
    paths,
    components: {
      schemas,
      responses: {
        Refusal: {
          description: refusals(),
          content: {
            'application/json': {
              schema: {
                type: 'object',
                properties: {error: {$ref: '#/components/schemas/Error'}},
                required: ['error'],
              },
            },
          },
        },
      },
      securitySchemes: {
        cookie: {type: 'apiKey', in: 'cookie', name: 'madang', description: '`__Host-madang` behind https.'},
        token: {type: 'http', scheme: 'bearer', description: 'A session token or a service key.'},
      },
    },
  };
}

/** Splits the one input object: what the path names, and the rest in the query or, with other methods, the body. */
function describeInput(
  {http}: HttpOperation,
  {properties = {}, required = [], anyOf, oneOf}: ObjectSchema,
): object {
  const inPath = new Set([...http.path.matchAll(/:(\w+)/g)].map(([, name]) => name));
  const fields = Object.entries(properties).filter(([name]) => !inPath.has(name));
  const pathParameters = Object.entries(properties)
    .filter(([name]) => inPath.has(name))
    .map(([name, schema]) => ({name, in: 'path', required: true, schema}));

  if (http.method === 'get') {
    // A query carries no objects, such as the cursors of session:start.
    const scalars = fields.filter(([, {type}]) => type !== 'object');
    const query = scalars.map(([name, schema]) => ({
      name,
      in: 'query',
      required: required.includes(name),
      schema,
    }));
    return {parameters: [...pathParameters, ...query]};
  }
  const parameters = pathParameters.length > 0 ? {parameters: pathParameters} : {};
  if (fields.length === 0) return parameters;
  const requiredFields = required.filter((name) => !inPath.has(name));
  const schema = {
    type: 'object',
    properties: Object.fromEntries(fields),
    ...(requiredFields.length > 0 ? {required: requiredFields} : {}),
    additionalProperties: false,
    ...(anyOf ? {anyOf} : {}),
    ...(oneOf ? {oneOf} : {}),
  };
  return {
    ...parameters,
    requestBody: {
      required: requiredFields.length > 0 || anyOf !== undefined || oneOf !== undefined,
      content: {[http.takes === 'file' ? 'multipart/form-data' : 'application/json']: {schema}},
    },
  };
}

function refusals(): string {
  const lines = Object.entries(errorTable).map(
    ([code, {status, message, retryable}]) =>
      `- \`${code}\` (${status}${retryable ? ', retryable' : ''}): ${message}`,
  );
  return `Refused. By code:\n\n${lines.join('\n')}`;
}

function typeOf({answers}: Route): string {
  return answers === 'file' ? 'image/*' : 'application/json';
}

function nameIn(ref: string): string {
  return ref.slice(ref.lastIndexOf('/') + 1);
}
