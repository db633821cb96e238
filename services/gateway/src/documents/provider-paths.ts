/** The addresses for signing in with a provider. Browsers are redirected through them, so they are not operations. */

const back =
  'Back to `returnTo`, signed in, or to `/sign-in?error=<reason>&next=<path>` of the same origin: `access_denied`, ' +
  '`expired`, `failed`, or the code of an error.';

function redirect(description: string) {
  return {
    description,
    headers: {Location: {description: 'Where the browser goes on.', schema: {type: 'string'}}},
  };
}

function query(name: string, description: string, example: string) {
  return {name, in: 'query', description, schema: {type: 'string'}, example};
}

/** Served here and, since people see them in the address bar, also without `/api/v1` in front. */
export const providerPaths = {
  '/auth/github': {
    get: {
      operationId: 'GetAuthGithub',
      tags: ['sessions'],
      summary: 'Lead a browser to GitHub to sign in',
      description: 'A page sends the browser here; also served as `/auth/github`.',
      security: [{}],
      parameters: [
        query(
          'returnTo',
          'Where to go once signed in: a path, or an address of an allowed origin. Else `/`.',
          '/rooms',
        ),
      ],
      responses: {
        302: redirect(
          'To GitHub, with a cookie that keeps the state for ten minutes. A link on another site leads to the ' +
            'sign-in page first, unless its `Referer` names an allowed origin, so that no other site signs anybody in.',
        ),
        404: {$ref: '#/components/responses/Refusal'},
      },
    },
  },
  '/auth/github/callback': {
    get: {
      operationId: 'GetAuthGithubCallback',
      tags: ['sessions'],
      summary: 'Take a browser back from GitHub',
      description: 'To be registered with GitHub as `<address>/auth/github/callback`.',
      security: [{}],
      parameters: [
        query('code', 'What GitHub signs the person in with, once.', 'e72e16c7e42f292c6912'),
        query('state', 'What `/auth/github` gave the browser, and its cookie.', 'Zm9yIG9uZSBzaWduLWlu'),
        query('error', 'Why GitHub did not sign the person in.', 'access_denied'),
      ],
      responses: {302: redirect(back), 404: {$ref: '#/components/responses/Refusal'}},
    },
  },
};
