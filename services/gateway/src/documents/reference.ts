/** The wire reference for people: the content of docs/reference and /api/v1/docs, in order. */
import {disconnectTable} from '@madang/protocol/disconnects';
import {errorTable, type ErrorCode} from '@madang/protocol/errors';
import {serverEvents, type ServerEventName} from '@madang/protocol/events';
import {shapes} from '@madang/protocol/shapes';
import type {z} from 'zod';
import type {Operation} from '../calls/operation.ts';
import {describedEvents} from './events.ts';
import {choiceOf, fieldsOf, typeOf, type Field, type TypePart} from './fields.ts';
import {
  describeOperation,
  providerRoutes,
  type Content,
  type ReferenceOperation,
} from './reference-operations.ts';
import {anyCall, usualRefusal, type Refusal} from './refusals.ts';
import {tags, type Tag} from './tags.ts';
import {describeWire, nameIn, type JsonSchema} from './wire-schemas.ts';

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
  /** The refusals that any call may get. */
  anyCall: Refusal[];
  codes: {code: ErrorCode; status: number; retryable: boolean; message: string}[];
  endings: {reason: string; reconnect: boolean}[];
};

/** Gathers the reference from the operation table and the schemas that run. */
export function createReference(operations: readonly Operation[]): Reference {
  const {schemas, refOf} = describeWire(operations, {target: 'draft-2020-12'});
  function contentOf(schema: z.ZodType): Content {
    const name = nameIn(refOf(schema).$ref);
    const described = schemas[name]!;
    if (isShown(name)) return {fields: [], schema: name};
    return {fields: fieldsOf(described), note: choiceOf(described)};
  }

  const all = [
    ...operations.map((operation) => describeOperation(operation, contentOf)),
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
    codes: (Object.keys(errorTable) as ErrorCode[]).map((code) => ({code, ...errorTable[code]})),
    endings: Object.entries(disconnectTable).map(([reason, {reconnect}]) => ({reason, reconnect})),
  };
}

function schemaOf(name: string, schema: JsonSchema): ReferenceSchema {
  return {name, description: `${schema['description']}`, type: typeOf(schema), fields: fieldsOf(schema)};
}

/** An operation's input and result are shown in place, even if two operations share the schema. */
function isShown(name: string): boolean {
  return name in shapes && !/(?:Input|Result)$/.test(name);
}
