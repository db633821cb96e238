/** Queries and paths carry text only. Here, and nowhere else, text becomes the number, boolean or list that a field takes. */
import type {z} from 'zod';

type Definition = {type: string; innerType?: Inner; out?: Inner};
type Inner = {_zod: {def: Definition}};

/** The values as the schema's fields take them; text that is none of these stays as it is, for the schema to refuse. */
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
    // Given once; what is repeated is a list already.
    return [field, type === 'array' ? [value] : value];
  });
}

function typeOf({type, innerType, out}: Definition): string {
  if (innerType) return typeOf(innerType._zod.def);
  return out?._zod.def.type === 'array' ? 'array' : type;
}

/** Sixteen digits are more than any number of ours has. */
function asNumber(text: string): unknown {
  return text.length <= 16 && /^\d+$/.test(text) ? Number(text) : text;
}

function asBoolean(text: string): unknown {
  return text === 'true' || (text === 'false' ? false : text);
}
