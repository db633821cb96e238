/** FNV-1a of UTF-16 units, of 32 bits, signed: the form of Postgres's integer. */
export function hashText(seed: number, text: string): number {
  let value = seed;
  for (let at = 0; at < text.length; at += 1) value = Math.imul(value ^ text.charCodeAt(at), 0x01000193);
  return value;
}

/** Where the hashes of a tenant begin, so that tenants have no hashes in common. */
export function tenantSeed(tenantId: string): number {
  return hashText(0x811c9dc5, tenantId);
}
