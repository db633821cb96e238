/**
 * Tenant names as metric labels: the first hundred that a node serves, and `other`, so that their number is bounded.
 */
export type TenantLabels = (tenantId: string) => string;

const most = 100;
const other = 'other';

export function createTenantLabels(nameOf: (tenantId: string) => string | undefined): TenantLabels {
  const labels = new Map<string, string>();
  return (tenantId) => {
    const known = labels.get(tenantId);
    if (known !== undefined) return known;
    const name = labels.size < most ? nameOf(tenantId) : undefined;
    if (name === undefined) return other;
    labels.set(tenantId, name);
    return name;
  };
}
