/** How one policy becomes another. */

/** Nothing in a policy lies deeper; what does is taken as it is, and refused as unknown. */
const maxDepth = 10;

type Json = Record<string, unknown>;
export type PolicyChange = {path: string; before?: unknown; after?: unknown};

function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** JSON Merge Patch (RFC 7396): null takes a field away, a list replaces a list. */
export function mergePatch(target: unknown, patch: unknown, depth = 0): unknown {
  if (!isObject(patch) || depth > maxDepth) return patch;
  const merged = new Map(isObject(target) ? Object.entries(target) : []);
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) merged.delete(key);
    else merged.set(key, mergePatch(merged.get(key), value, depth + 1));
  }
  // Not by assignment, which would drop a key like __proto__ before it can be refused as unknown.
  return Object.fromEntries(merged);
}

/** What differs, by the path of each field that is no object itself; lists differ as a whole. */
export function policyChanges(before: unknown, after: unknown, path: readonly string[] = []): PolicyChange[] {
  if (isObject(before) && isObject(after)) {
    const keys = new Set([...Object.keys(before), ...Object.keys(after)]);
    return [...keys].flatMap((key) => policyChanges(before[key], after[key], [...path, key]));
  }
  if (JSON.stringify(before) === JSON.stringify(after)) return [];
  return [{path: path.join('.'), before, after}];
}
