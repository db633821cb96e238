import {expect, test} from 'vitest';
import {z} from 'zod';
import {calls} from './calls.ts';
import {serverEvents} from './events.ts';
import * as files from './files.ts';
import * as log from './log.ts';
import * as members from './members.ts';
import * as messages from './messages.ts';
import * as notifications from './notifications.ts';
import * as presence from './presence.ts';
import * as reactions from './reactions.ts';
import * as rooms from './rooms.ts';
import * as search from './search.ts';
import {shapes} from './shapes.ts';
import * as users from './users.ts';

type JsonSchema = Record<string, unknown>;

const modules = {files, log, members, messages, notifications, presence, reactions, rooms, search, users};

function schemasOf(exported: object): [string, z.ZodType][] {
  return Object.entries(exported).filter((each): each is [string, z.ZodType] => each[1] instanceof z.ZodType);
}

/** Every schema of the wire by a name, each once. */
function wireSchemas(): Record<string, JsonSchema> {
  const registry = z.registry<{id: string}>();
  const add = (id: string, schema: z.ZodType) => registry.has(schema) || registry.add(schema, {id});
  for (const [name, schema] of schemasOf(shapes)) add(name, schema);
  for (const [module, exported] of Object.entries(modules)) {
    for (const [name, schema] of schemasOf(exported)) {
      // A single field that two schemas share is looked at in these.
      if (schema instanceof z.ZodObject) add(`${module}.${name}`, schema);
    }
  }
  for (const [name, {input, result}] of Object.entries(calls)) {
    add(`${name} input`, input);
    add(`${name} result`, result);
  }
  for (const [name, schema] of schemasOf(serverEvents)) add(`${name} event`, schema);
  return z.toJSONSchema(registry, {io: 'input', unrepresentable: 'any'}).schemas;
}

/** Each field at any depth: its path, and what is said of it where it stands. */
function fieldsIn(schema: unknown, path: string): {path: string; description: unknown}[] {
  if (typeof schema !== 'object' || schema === null) return [];
  if (Array.isArray(schema)) return schema.flatMap((each) => fieldsIn(each, path));
  return Object.entries(schema).flatMap(([keyword, inner]) => {
    if (keyword !== 'properties') return fieldsIn(inner, path);
    return Object.entries(inner as Record<string, JsonSchema>).flatMap(([name, field]) => [
      {path: `${path}.${name}`, description: field['description']},
      ...fieldsIn(field, `${path}.${name}`),
    ]);
  });
}

const fields = Object.entries(wireSchemas()).flatMap(([name, schema]) => fieldsIn(schema, name));

test('every field of every schema is described where it stands', () => {
  expect(fields.length).toBeGreaterThan(180);
  expect(fields.filter(({description}) => !description).map(({path}) => path)).toEqual([]);
});

test('descriptions are sentences', () => {
  const isSentence = ({description}: {description: unknown}) => /^[A-Z`].*[.:]$/s.test(`${description}`);

  expect(fields.filter((field) => !isSentence(field))).toEqual([]);
});

test('every shape that several schemas share says what it is', () => {
  const missing = schemasOf(shapes).filter(([, schema]) => !schema.description);

  expect(missing.map(([name]) => name)).toEqual([]);
});
