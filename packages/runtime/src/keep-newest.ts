/**
 * Sets a key of a map in the order of use. Beyond `most` keys it drops the one set longest ago, which bounds the map's
 * memory.
 */
export function keepNewest<K, V>(map: Map<K, V>, key: K, value: V, most: number): void {
  map.delete(key);
  map.set(key, value);
  if (map.size <= most) return;
  const oldest = map.keys().next();
  if (!oldest.done) map.delete(oldest.value);
}
