/** The part of a policy that says how people come in. */
import {z} from 'zod';
import {list, object, text} from './fields.ts';

/** Plain http is for what the operator allows (OUTBOUND_ALLOW), which a gateway knows. */
const isJwksUrl = (value: string) => /^https?:$/.test(URL.parse(value)?.protocol ?? '');

/** A public key; what else a JWK may say is its issuer's affair. */
const publicKey = z
  .looseObject({kty: z.enum(['EC', 'RSA', 'OKP']).describe('The kind of key.')})
  .refine((key) => !('d' in key), 'has the private key: give the public part alone');

const claim = (what: string) => text(1, 100).describe(what);

const issuer = object({
  issuer: text(1, 300).describe('The `iss` of its tokens.'),
  jwks: z
    .union([
      text(1, 500).refine(isJwksUrl, 'must be an https address'),
      list(publicKey, 1, 20).describe('The keys themselves.'),
    ])
    .describe('Where its public keys are (JWKS), or the keys.'),
  audience: text(1, 300).describe('What the `aud` of its tokens must name.'),
  algorithms: list(z.enum(['ES256', 'RS256', 'EdDSA']), 1, 3)
    .default(['ES256'])
    .describe('The algorithms that its tokens may be signed with.'),
  skewSeconds: z.int().min(0).max(300).default(60).describe('How far clocks may differ.'),
  maxLifeSeconds: z
    .int()
    .min(1)
    .max(86_400)
    .default(3_600)
    .describe('The longest time between `iat` and `exp`, at most a day.'),
  claims: object({
    externalId: claim("The claim with the product's own id of the user.").default('sub'),
    name: claim('The claim with the name of the user.').default('name'),
    displayName: claim('The claim with what people see instead of the name.').optional(),
  })
    .prefault({})
    .describe('Which claims say who it is.'),
});
export type Issuer = z.output<typeof issuer>;

export const signInRules = object({
  register: z.boolean().default(true).describe('Whether people may register.'),
  guests: z.boolean().default(true).describe('Whether guests are let in.'),
  issuers: list(issuer, 0, 10)
    .default([])
    .superRefine((all, {addIssue}) => {
      for (const [index, {issuer: name}] of all.entries()) {
        if (all.findIndex((other) => other.issuer === name) < index)
          addIssue({code: 'custom', path: [index, 'issuer'], message: 'is named twice'});
      }
    })
    .describe('Who else may sign users in: issuers of JWTs.'),
});
