import {expect, test} from 'vitest';
import {createTenantLabels} from './tenant-labels.ts';

test('the first hundred tenants have labels of their own, and all others share one', () => {
  const labelOf = createTenantLabels((id) => `name of ${id}`);
  const labels = Array.from({length: 150}, (_, no) => labelOf(`t${no}`));

  expect(new Set(labels)).toHaveLength(101);
  expect(labels[99]).toBe('name of t99');
  expect(labels.slice(100)).toEqual(Array.from({length: 50}, () => 'other'));
  expect(labelOf('t0')).toBe('name of t0');
});

test('a tenant that is not known yet takes no place', () => {
  const names = new Map<string, string>();
  const labelOf = createTenantLabels((id) => names.get(id));

  expect(labelOf('t1')).toBe('other');
  names.set('t1', 'shop');
  expect(labelOf('t1')).toBe('shop');
});
