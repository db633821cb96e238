/** The reference entry of one operation. */
import type {z} from 'zod';
import type {Operation} from '../calls/operation.ts';
import {nameOf} from '../calls/run-operation.ts';
import {typeOf, type Field} from './fields.ts';
import {providerPaths} from './provider-paths.ts';
import {callersOf, refusalsOf, type Refusal} from './refusals.ts';
import type {Tag} from './tags.ts';

/** The fields of an object and a note about all of them, or the shared schema that it is. */
export type Content = {fields: Field[]; note?: string; schema?: string};

export type ReferenceOperation = {
  tag: Tag;
  name: string;
  summary: string;
  callers: string;
  /** For example `POST /api/v1/rooms/{roomId}/messages`. */
  route?: string;
  /** The status of a successful answer over the route. */
  status?: number;
  event?: string;
  input: Content;
  result: Content;
  /** Refusals beside those of any call; missing if there are none. */
  refusals?: Refusal[];
  example?: {input: unknown; result?: unknown};
};

export function describeOperation(
  operation: Operation,
  contentOf: (schema: z.ZodType) => Content,
): ReferenceOperation {
  const {tag, summary, event, http, input, result, example} = operation;
  const path = http?.path.replaceAll(/:(\w+)/g, '{$1}');
  return {
    tag,
    name: nameOf(operation),
    summary,
    callers: callersOf(operation),
    event,
    ...(http ? {route: `${http.method.toUpperCase()} /api/v1${path}`, status: http.status ?? 200} : {}),
    input: contentOf(input),
    result: contentOf(result),
    refusals: refusalsOf(operation),
    example,
  };
}

/** Addresses that are not operations, since browsers open them. */
export function providerRoutes(): ReferenceOperation[] {
  return Object.entries(providerPaths).map(([path, {get}]) => ({
    tag: 'sessions',
    name: `GET ${path}`,
    summary: get.summary,
    callers: 'browsers, where the provider is configured',
    route: `GET /api/v1${path}`,
    status: 302,
    input: {
      fields: get.parameters.map(({name, description, schema}) => ({
        name,
        description,
        type: typeOf(schema),
        isRequired: false,
      })),
    },
    result: {fields: [], note: `A redirect. ${get.responses[302].description}`},
  }));
}
