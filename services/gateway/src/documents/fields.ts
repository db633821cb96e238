/** The fields of a schema, as the reference shows them. */
import {nameIn, type JsonSchema} from './wire-schemas.ts';

/** A part of a type: words, or the name of a schema in the reference. */
export type TypePart = {text: string} | {schema: string};
export type Field = {
  /** For a nested field, with the outer names: `password.next`. */
  name: string;
  type: TypePart[];
  isRequired: boolean;
  description: string;
};

const formats: Record<string, string> = {
  uuid: 'UUID',
  'date-time': 'time (RFC 3339)',
  binary: 'bytes',
};

/** The fields of an object, followed by those of nested objects. */
export function fieldsOf(schema: JsonSchema, prefix = ''): Field[] {
  const required = new Set(schema['required'] as string[] | undefined);
  const properties = (schema['properties'] ?? {}) as Record<string, JsonSchema>;
  return Object.entries(properties).flatMap(([name, field]) => [
    {
      name: `${prefix}${name}`,
      type: typeOf(field),
      isRequired: required.has(name),
      description: `${field['description']}`,
    },
    ...inner(field, `${prefix}${name}`),
  ]);
}

function inner(field: JsonSchema, name: string): Field[] {
  const values = field['additionalProperties'];
  if (typeof values === 'object' && values !== null) return fieldsOf(values as JsonSchema, `${name}.{id}.`);
  return fieldsOf(field, `${name}.`);
}

/** A sentence that says which of the optional fields must be given; undefined if all may be missing. */
export function choiceOf({anyOf, oneOf}: JsonSchema): string | undefined {
  const words = anyOf ? 'At least one of' : 'Exactly one of';
  const choices = (anyOf ?? oneOf) as {required?: string[]}[] | undefined;
  if (!choices?.every(({required}) => required)) return undefined;
  return `${words} ${choices.map(({required = []}) => `\`${required.join()}\``).join(' and ')} must be there.`;
}

/** The allowed values, in words. */
export function typeOf(schema: JsonSchema): TypePart[] {
  const {$ref, type, format} = schema;
  if (typeof $ref === 'string') return [{schema: nameIn($ref)}];
  if (schema['enum']) return words((schema['enum'] as unknown[]).map(code).join(' or '));
  if ('const' in schema) return words(code(schema['const']));
  if (Array.isArray(schema['anyOf']) && type === undefined) return alternatives(schema['anyOf']);
  if (type === 'array') return [...words('list of '), ...typeOf(schema['items'] as JsonSchema)];
  if (typeof format === 'string' && formats[format]) return words(formats[format]);
  if (type === 'string')
    return words(`string${rangeOf(schema['minLength'], schema['maxLength'], ' characters')}`);
  if (type === 'integer') return words(`integer${rangeOf(schema['minimum'], schema['maximum'], '')}`);
  return words(`${type ?? 'anything'}`);
}

function alternatives(choices: JsonSchema[]): TypePart[] {
  return choices.flatMap((choice, index) => [...(index > 0 ? words(' or ') : []), ...typeOf(choice)]);
}

function rangeOf(from: unknown, to: unknown, unit: string): string {
  if (from === undefined && to === undefined) return '';
  if (to === undefined) return `, ${from} or more${unit}`;
  if (from === undefined) return `, at most ${to}${unit}`;
  return from === to ? `, ${to}${unit}` : `, ${from} to ${to}${unit}`;
}

const words = (text: string): TypePart[] => [{text}];
const code = (value: unknown) => `\`${String(value)}\``;
