/** The reference of the wire for people: what the pages in docs/reference and /api/v1/docs have to say, in order. */
import {disconnectTable} from '@madang/protocol/disconnects';
import {errorTable, type ErrorCode} from '@madang/protocol/errors';
import {serverEvents, type ServerEventName} from '@madang/protocol/events';
import {shapes} from '@madang/protocol/shapes';
import type {Operation} from '../operation.ts';
import {nameOf} from '../run-operation.ts';
import {describedEvents} from './events.ts';
import {choiceOf, fieldsOf, typeOf, type Field, type TypePart} from './fields.ts';
import {anyCall, callersOf, refusalsOf, usualRefusal, type Refusal} from './refusals.ts';
import {providerPaths} from './provider-paths.ts';
import {tags, type Tag} from './tags.ts';
import {describeWire, nameIn, type JsonSchema} from './wire-schemas.ts';

/** The fields of an object and what holds for all of them, or the shared schema that it is. */
export type Content = {fields: Field[]; note?: string; schema?: string};

export type ReferenceOperation = {
  name: string;
  summary: string;
  callers: string;
  /** As `POST /api/v1/rooms/{roomId}/messages`. */
  route?: string;
  /** Of the route, where it succeeds. */
  status?: number;
  event?: string;
  input: Content;
  result: Content;
  /** Beside what any call may be refused for; missing where nothing is refused. */
  refusals?: Refusal[];
  example?: {input: unknown; result?: unknown};
};

export type ReferenceEvent = {name: string; summary: string; payload: Content; example: unknown};
export type ReferenceGroup = {
  name: Tag;
  description: string;
  operations: ReferenceOperation[];
  events: ReferenceEvent[];
};
export type ReferenceSchema = {name: string; description: string; type: TypePart[]; fields: Field[]};

export type Reference = {
  groups: ReferenceGroup[];
  schemas: ReferenceSchema[];
  /** What any call may be refused for. */
  anyCall: Refusal[];
  codes: {code: ErrorCode; status: number; isRetryable: boolean; message: string}[];
  endings: {reason: string; reconnect: boolean}[];
};

/** Gathers the reference from the operation table and the schemas it runs with. */
export function createReference(operations: readonly Operation[]): Reference {
  const {schemas, refOf} = describeWire(operations, {target: 'draft-2020-12'});
  type Schema = Parameters<typeof refOf>[0];

  function contentOf(schema: Schema): Content {
    const name = nameIn(refOf(schema).$ref);
    const described = schemas[name]!;
    if (isShown(name)) return {fields: [], schema: name};
    return {fields: fieldsOf(described), note: choiceOf(described)};
  }

  function describe(operation: Operation): ReferenceOperation {
    const {summary, event, http, input, result, example} = operation;
    const path = http?.path.replaceAll(/:(\w+)/g, '{$1}');
    return {
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

  const all = [
    ...operations.map((operation) => ({tag: operation.tag, ...describe(operation)})),
    ...providerRoutes(),
  ];
  const events = Object.entries(describedEvents).map(([name, {summary, tag, example}]) => ({
    tag,
    event: {name, summary, payload: contentOf(serverEvents[name as ServerEventName]), example},
  }));

  return {
    groups: (Object.keys(tags) as Tag[]).map((name) => ({
      name,
      description: tags[name],
      operations: all.filter(({tag}) => tag === name),
      events: events.filter(({tag}) => tag === name).map(({event}) => event),
    })),
    schemas: Object.keys(shapes)
      .filter(isShown)
      .map((name) => schemaOf(name, schemas[name]!)),
    anyCall: anyCall.map(usualRefusal),
    codes: Object.entries(errorTable).map(([code, {status, retryable, message}]) => ({
      code: code as ErrorCode,
      status,
      isRetryable: retryable,
      message,
    })),
    endings: Object.entries(disconnectTable).map(([reason, {reconnect}]) => ({reason, reconnect})),
  };
}

/** What is no operation, since browsers are led through it. */
function providerRoutes(): (ReferenceOperation & {tag: Tag})[] {
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

function schemaOf(name: string, schema: JsonSchema): ReferenceSchema {
  return {name, description: `${schema['description']}`, type: typeOf(schema), fields: fieldsOf(schema)};
}

/** What an operation takes or answers is shown where it stands, also where two operations share it. */
function isShown(name: string): boolean {
  return name in shapes && !/(?:Input|Result)$/.test(name);
}
