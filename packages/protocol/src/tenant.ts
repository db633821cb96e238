/** The settings of a tenant, as its own server reads and changes them. */
import {z} from 'zod';
import {object} from './fields.ts';
import {policy} from './policy.ts';
import {productData} from './product-data.ts';

const version = z.int().describe('Rises by one with each change of the policy.');

export const tenantResult = z
  .object({policy: policy.describe('The policy, whole.'), version})
  .describe('The settings of a tenant.');
export type TenantResult = z.infer<typeof tenantResult>;

/** A policy with everything that it may have is far smaller. */
const patchBytes = 32 * 1024;

export const updateTenantInput = object({
  version: version
    .min(1)
    .describe('The version that the patch was made for. Another one is refused as `conflict`.'),
  patch: productData(patchBytes).describe(
    'What to change, as JSON Merge Patch (RFC 7396): null takes a field away, which then has its default, and a list ' +
      'replaces the list. `limits`, `quotas` and `weight` are for operators alone.',
  ),
});
export type UpdateTenantInput = z.output<typeof updateTenantInput>;
