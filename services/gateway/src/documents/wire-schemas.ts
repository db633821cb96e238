/** The schemas of the wire contract as JSON Schema, by name. Both documents refer to them. */
import {serverEvents} from '@madang/protocol/events';
import {shapes} from '@madang/protocol/shapes';
import {z} from 'zod';
import type {Operation} from '../calls/operation.ts';

export type JsonSchema = Record<string, unknown>;
type Ref = {$ref: string};

/** `message:send` -> `MessageSend`, `POST /auth/login` -> `PostAuthLogin`; path parameters are left out. */
export function nameOfOperation({event, http}: Pick<Operation, 'event' | 'http'>): string {
  if (http?.name) return http.name;
  const words = event ?? `${http?.method}${http?.path.replaceAll(/:\w+/g, '')}`;
  return words.replaceAll(/(?:^|[^a-z]+)([a-z]?)/g, (_, letter: string) => letter.toUpperCase());
}

export type WireSchemas = {
  /** The components, by name. */
  schemas: Record<string, JsonSchema>;
  /** The reference to the schema among the components. */
  refOf(schema: z.ZodType): Ref;
};

/**
 * Describes results in the same mode as inputs, so that the objects of results stay open: clients ignore unknown
 * fields. A schema that several operations share appears once. A field's description stands beside its reference or, in
 * draft 7, where a reference has no siblings, around it.
 */
export function describeWire(
  operations: readonly Operation[],
  {target}: {target: 'draft-2020-12' | 'draft-7'},
): WireSchemas {
  const registry = z.registry<{id: string}>();
  const add = (id: string, schema: z.ZodType) => {
    if (!registry.has(schema)) registry.add(schema, {id});
  };
  for (const [name, schema] of Object.entries(shapes)) add(name, schema);
  for (const operation of operations) {
    add(`${nameOfOperation(operation)}Input`, operation.input);
    add(`${nameOfOperation(operation)}Result`, operation.result);
  }
  for (const [event, schema] of Object.entries(serverEvents)) add(`${nameOfOperation({event})}Event`, schema);

  const {schemas} = z.toJSONSchema(registry, {
    io: 'input',
    target,
    uri: (id) => `#/components/schemas/${id}`,
    override: ({jsonSchema}) => {
      // Every JSON integer is a safe one; these bounds would only hide the meaningful ones.
      if (jsonSchema.minimum === Number.MIN_SAFE_INTEGER) delete jsonSchema.minimum;
      if (jsonSchema.maximum === Number.MAX_SAFE_INTEGER) delete jsonSchema.maximum;
      // The format already says it.
      if (jsonSchema.format === 'uuid') delete jsonSchema.pattern;
    },
  });
  return {
    schemas: Object.fromEntries(Object.entries(schemas).map(([id, schema]) => [id, withoutIdentity(schema)])),
    refOf: (schema) => {
      const id = registry.get(schema)?.id;
      if (id === undefined) throw new Error('the schema is not part of the wire contract');
      return {$ref: `#/components/schemas/${id}`};
    },
  };
}

/** Components are addressed by their place in the document. */
function withoutIdentity({$id: _id, $schema: _schema, ...schema}: JsonSchema): JsonSchema {
  return schema;
}

/** The schemas that a document needs, directly and through other references. */
export function usedSchemas(
  schemas: Record<string, JsonSchema>,
  document: unknown,
): Record<string, JsonSchema> {
  const used = new Set<string>();
  const visit = (value: unknown): void => {
    if (typeof value !== 'object' || value === null) return;
    for (const [key, inner] of Object.entries(value)) {
      if (key !== '$ref') visit(inner);
      else if (!used.has(nameIn(`${inner}`))) {
        used.add(nameIn(`${inner}`));
        visit(schemas[nameIn(`${inner}`)]);
      }
    }
  };
  visit(document);
  return Object.fromEntries(Object.entries(schemas).filter(([name]) => used.has(name)));
}

/** The last segment of a reference. */
export function nameIn(ref: string): string {
  return ref.slice(ref.lastIndexOf('/') + 1);
}
