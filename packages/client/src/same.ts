/** Plain data that is kept as long as it says the same, so that who holds it sees a change by comparing references. */

/** Freezes plain data with all that is in it. What is frozen already is taken to be so throughout. */
export function freeze<Value>(value: Value): Value {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return value;
  for (const part of Object.values(value)) freeze(part);
  return Object.freeze(value);
}

/** Whether two pieces of plain data say the same. */
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

/** The earlier value where the later one says the same, else the later one, frozen. */
export function keep<Value>(before: Value | undefined, after: Value): Value {
  return before !== undefined && isSame(before, after) ? before : freeze(after);
}

/** The earlier object where each of its fields is the very same, else the later one, frozen. Its fields are frozen before. */
export function keepFields<Value extends object>(before: Value | undefined, after: Value): Value {
  if (before === undefined) return Object.freeze(after);
  const keys = Object.keys(after) as (keyof Value)[];
  const isKept =
    keys.length === Object.keys(before).length && keys.every((key) => Object.is(before[key], after[key]));
  return isKept ? before : Object.freeze(after);
}

/**
 * A list whose items keep their objects, and which is the earlier list itself where no item changed. What both lists begin
 * with costs one comparison an item.
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
