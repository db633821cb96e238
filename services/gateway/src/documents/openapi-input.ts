/** Splits an operation's one input object as HTTP carries it: path, query of a GET, or body. */
import type {Operation, Route} from '../calls/operation.ts';
import type {JsonSchema} from './wire-schemas.ts';

export type ObjectSchema = {
  properties?: Record<string, JsonSchema>;
  required?: string[];
  /** Which of the optional fields must be given. */
  anyOf?: {required: string[]}[];
  oneOf?: {required: string[]}[];
};

type HttpOperation = Operation & {http: Route};

const asUserParameter = {
  name: 'Madang-As-User',
  in: 'header',
  required: false,
  description:
    "The user as whom a product's server calls, by a key with the scope `act`: the product's own id, percent-encoded, or `id:` " +
    'and the id that Madang gave.',
  schema: {type: 'string'},
  example: 'customer-1042',
};

export function inputOf(operation: HttpOperation, ref: object, schema: ObjectSchema): object {
  const {http} = operation;
  const given = operation.example.input as Record<string, unknown>;
  const inPath = new Set([...http.path.matchAll(/:(\w+)/g)].map(([, name]) => name));
  const fields = Object.entries(schema.properties ?? {});
  const ofPath = fields.filter(([name]) => inPath.has(name));
  const others = fields.filter(([name]) => !inPath.has(name));
  const isRequired = (name: string) => schema.required?.includes(name) ?? false;
  const parameter =
    (place: 'path' | 'query') =>
    ([name, field]: [string, JsonSchema]) => {
      const {description, ...bare} = field;
      const example = given[name] === undefined ? {} : {example: given[name]};
      return {
        name,
        in: place,
        required: place === 'path' || isRequired(name),
        description,
        schema: bare,
        ...example,
      };
    };

  // A query cannot contain objects, such as the cursors of session:start.
  const inQuery = http.method === 'get' ? others.filter(([, {type}]) => type !== 'object') : [];
  // Services may call these operations as a user, too.
  const asUser = operation.scope === undefined ? [] : [asUserParameter];
  const parameters = [...ofPath.map(parameter('path')), ...inQuery.map(parameter('query')), ...asUser];
  return {
    ...(parameters.length > 0 ? {parameters} : {}),
    ...(http.method === 'get' || others.length === 0
      ? {}
      : {requestBody: bodyOf(operation, ofPath.length > 0 ? undefined : ref, schema, others)}),
  };
}

/** The schema of the body: the input's own, or the part that the path leaves. */
function bodyOf(
  {http, example}: HttpOperation,
  ref: object | undefined,
  {required = [], anyOf, oneOf}: ObjectSchema,
  fields: [string, JsonSchema][],
): object {
  const names = new Set(fields.map(([name]) => name));
  const needed = required.filter((name) => names.has(name));
  const rest = {
    type: 'object',
    properties: Object.fromEntries(fields),
    ...(needed.length > 0 ? {required: needed} : {}),
    additionalProperties: false,
    ...(anyOf ? {anyOf} : {}),
    ...(oneOf ? {oneOf} : {}),
  };
  const given = Object.entries(example.input as object).filter(([name]) => names.has(name));
  const type = http.takes === 'file' ? 'multipart/form-data' : 'application/json';
  return {
    required: needed.length > 0 || anyOf !== undefined || oneOf !== undefined,
    content: {[type]: {schema: ref ?? rest, example: Object.fromEntries(given)}},
  };
}
