/**
 * Plain data that keeps its object while its content is equal, so that its users detect changes by comparing references.
 */

/** Freezes plain data and everything in it. An object that is already frozen is assumed to be frozen throughout. */
export function freeze<Value>(value: Value): Value {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return value;
  for (const part of Object.values(value)) freeze(part);
  return Object.freeze(value);
}

/** Whether two pieces of plain data have equal content. */
function isSame(one: unknown, other: unknown): boolean {
  if (Object.is(one, other)) return true;
  if (typeof one !== 'object' || typeof other !== 'object' || one === null || other === null) return false;
  if (Array.isArray(one) !== Array.isArray(other)) return false;
  const keys = Object.keys(one);
  if (keys.length !== Object.keys(other).length) return false;
  return keys.every(
    (key) =>
      Object.hasOwn(other, key) &&
      isSame((one as Record<string, unknown>)[key], (other as Record<string, unknown>)[key]),
  );
}

/** Returns the earlier value if the later one is equal to it, otherwise the later one, frozen. */
export function keep<Value>(before: Value | undefined, after: Value): Value {
  return before !== undefined && isSame(before, after) ? before : freeze(after);
}

/**
 * Returns the earlier object if all its fields are identical, otherwise the later one, frozen. The fields must be frozen
 * already.
 */
export function keepFields<Value extends object>(before: Value | undefined, after: Value): Value {
  if (before === undefined) return Object.freeze(after);
  const keys = Object.keys(after) as (keyof Value)[];
  const isKept =
    keys.length === Object.keys(before).length && keys.every((key) => Object.is(before[key], after[key]));
  return isKept ? before : Object.freeze(after);
}

/**
 * Returns a list in which equal items keep their objects, or the earlier list itself if no item changed. The common
 * beginning of both lists costs one comparison an item.
 */
export function keepItems<Item>(
  before: readonly Item[],
  after: readonly Item[],
  keyOf: (item: Item) => unknown,
): readonly Item[] {
  if (before === after) return before;
  let same = 0;
  while (same < after.length && same < before.length && before[same] === after[same]) same += 1;
  if (same === after.length && same === before.length) return before;
  const known = new Map<unknown, Item>();
  for (const item of before.slice(same)) known.set(keyOf(item), item);
  const rest = after.slice(same).map((item) => keep(known.get(keyOf(item)), item));
  const isKept = after.length === before.length && rest.every((item, at) => item === before[same + at]);
  return isKept ? before : Object.freeze([...before.slice(0, same), ...rest]);
}
