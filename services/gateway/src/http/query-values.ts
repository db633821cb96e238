/** Queries and paths carry only text. Only this file turns text into the number, boolean or list that a field takes. */
import type {z} from 'zod';

type Definition = {type: string; innerType?: Inner; out?: Inner};
type Inner = {_zod: {def: Definition}};

/** Converts values to the types of the schema's fields. Other text stays unchanged, and the schema refuses it. */
export function readTexts(
  schema: z.ZodType,
  texts: Record<string, unknown>,
): [field: string, value: unknown][] {
  const shape = 'shape' in schema ? (schema.shape as Record<string, {_zod: {def: Definition}}>) : {};
  return Object.entries(texts).map(([field, value]) => {
    const type = Object.hasOwn(shape, field) ? typeOf(shape[field]!._zod.def) : undefined;
    if (typeof value !== 'string') return [field, value];
    if (type === 'number') return [field, asNumber(value)];
    if (type === 'boolean') return [field, asBoolean(value)];
    // It was given once; a repeated parameter is already a list.
    return [field, type === 'array' ? [value] : value];
  });
}

function typeOf({type, innerType, out}: Definition): string {
  if (innerType) return typeOf(innerType._zod.def);
  return out?._zod.def.type === 'array' ? 'array' : type;
}

/** No number in the contract has sixteen digits. */
function asNumber(text: string): unknown {
  return text.length <= 16 && /^\d+$/.test(text) ? Number(text) : text;
}

function asBoolean(text: string): unknown {
  return text === 'true' || (text === 'false' ? false : text);
}
