import {PROTOCOL_VERSION} from '@madang/protocol/version';
import {anyone, service} from '../calls/access.ts';
import type {Operation, Route} from '../calls/operation.ts';
import {inputOf, type ObjectSchema} from './openapi-input.ts';
import {responseComponents, responsesOf} from './openapi-responses.ts';
import {providerPaths} from './provider-paths.ts';
import {callersOf} from './refusals.ts';
import {tags} from './tags.ts';
import {describeWire, nameIn, nameOfOperation, usedSchemas} from './wire-schemas.ts';

type HttpOperation = Operation & {http: Route};

/** Describes the HTTP API as an OpenAPI 3.1 document, from the operation table and the schemas that run. */
export function openapiDocument(operations: readonly Operation[], base = ''): object {
  const {schemas, refOf} = describeWire(operations, {target: 'draft-2020-12'});
  const overHttp = operations.filter((operation): operation is HttpOperation => operation.http !== undefined);

  function describe(operation: HttpOperation): object {
    const {event, input, result, summary, tag} = operation;
    return {
      operationId: nameOfOperation(operation),
      summary,
      description: `Open to ${callersOf(operation)}.${event === undefined ? '' : ` Over a socket: \`${event}\`.`}`,
      tags: [tag],
      ...securityOf(operation),
      ...inputOf(operation, refOf(input), schemas[nameIn(refOf(input).$ref)] as ObjectSchema),
      responses: responsesOf(operation, refOf(result)),
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
        'JSON over HTTP. Every operation but those marked open needs a session: the cookie that signing in sets, or a ' +
        'token; never both. Fields of everything but a GET are in the body, and unknown ones are refused. Clients ' +
        'pass over fields of answers that they do not know. The same operations are served over Socket.IO: see ' +
        'asyncapi.json.',
      license: {name: 'Apache-2.0', identifier: 'Apache-2.0'},
    },
    servers: [{url: `${base}/api/v1`, description: 'This cluster.'}],
    security: [{cookie: []}, {token: []}],
    tags: Object.entries(tags).map(([name, description]) => ({name, description})),
    paths,
    components: {
      schemas: {...usedSchemas(schemas, [paths, refusal]), Refusal: refusal},
      responses: responseComponents,
      headers: {
        RetryAfter: {
          description: 'How many seconds to wait before the next try.',
          schema: {type: 'integer', minimum: 0},
        },
      },
      securitySchemes: {
        cookie: {type: 'apiKey', in: 'cookie', name: 'madang', description: '`__Host-madang` behind https.'},
        token: {
          type: 'http',
          scheme: 'bearer',
          description: 'A session token `mds_…` or a service key `mdk_…`.',
        },
      },
    },
  };
}

const refusal = {
  type: 'object',
  description: 'The body of every refusal.',
  properties: {
    error: {$ref: '#/components/schemas/Error', description: 'Why the operation was refused.'},
  },
  required: ['error'],
};

function securityOf({policy}: Operation): object {
  if (policy === anyone) return {security: [{}, {cookie: []}, {token: []}]};
  return policy === service ? {security: [{token: []}]} : {};
}
