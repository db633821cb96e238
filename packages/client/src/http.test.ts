import {expect, test} from 'vitest';
import {Http} from './http.ts';

/** Answers each request in turn, and records the requests. */
function scripted(...answers: Response[]) {
  const asked: {url: string; init: RequestInit}[] = [];
  const fetch = async (url: unknown, init: RequestInit = {}) => {
    asked.push({url: String(url), init});
    return answers.shift() ?? new Response(null, {status: 204});
  };
  return {asked, fetch: fetch as typeof globalThis.fetch};
}
const headers = (init: RequestInit | undefined) => init?.headers as Record<string, string>;
const url = 'http://chat.example';
const signedIn = (...cookies: string[]) => {
  const response = Response.json({user: {}}, {status: 201});
  for (const cookie of cookies) response.headers.append('set-cookie', cookie);
  return response;
};

test('keeps the cookie of a sign-in and sends it from then on, until the server takes it back', async () => {
  const gone = signedIn('sid=; Path=/; Expires=Thu, 01 Jan 1970 00:00:00 GMT');
  const {asked, fetch} = scripted(signedIn('sid=s%3Aabc.def=; Path=/; HttpOnly'), gone);
  const http = new Http({url, fetch, timeoutMs: 1_000});

  await http.request('POST', '/auth/guest', {});
  expect(http.cookie).toBe('sid=s%3Aabc.def=');
  await http.request('POST', '/auth/logout', {});

  expect(asked[0]?.url).toBe('http://chat.example/api/v1/auth/guest');
  expect(headers(asked[0]?.init).cookie).toBeUndefined();
  expect(headers(asked[1]?.init).cookie).toBe('sid=s%3Aabc.def=');
  expect(http.cookie).toBeUndefined();
});

test('sends a token alone, since a request with two credentials is refused', async () => {
  const {asked, fetch} = scripted(signedIn('sid=abc'));
  const http = new Http({url, fetch, token: 'mds_x', timeoutMs: 1_000});

  await http.request('GET', '/me');
  await http.request('GET', '/me');

  expect(headers(asked[1]?.init)).toEqual({authorization: 'Bearer mds_x'});
  expect(asked[1]?.init.credentials).toBe('omit');
});

test('throws the coded error of an answer', async () => {
  const error = {code: 'conflict', message: 'taken', retryable: false};
  const {fetch} = scripted(Response.json({error}, {status: 409}));

  const request = new Http({url, fetch, timeoutMs: 1_000}).request('POST', '/auth/register', {});

  await expect(request).rejects.toMatchObject(error);
});

test.for([
  [503, 'unavailable', true],
  [502, 'unavailable', true],
  [413, 'too_large', false],
  [500, 'internal', true],
] as const)("gives a balancer's own %i the code %s", async ([status, code, retryable]) => {
  const {fetch} = scripted(new Response('<html>', {status}));

  const request = new Http({url, fetch, timeoutMs: 1_000}).request('GET', '/me');

  await expect(request).rejects.toMatchObject({code, retryable});
});

test('calls a server that cannot be reached unavailable', async () => {
  const fetch = () => Promise.reject(new TypeError('fetch failed'));

  const request = new Http({url, fetch, timeoutMs: 1_000}).request('GET', '/me');

  await expect(request).rejects.toMatchObject({code: 'unavailable', retryable: true});
});

test('uploads a file with the one credential, and throws the coded error of an answer', async () => {
  const error = {code: 'unsupported', message: 'no image', retryable: false};
  const {asked, fetch} = scripted(
    Response.json({attachment: {id: 'a'}}, {status: 201}),
    Response.json({error}, {status: 415}),
  );
  const http = new Http({url, fetch, token: 'mds_x', timeoutMs: 1_000});
  const file = new Blob(['GIF89a'], {type: 'image/gif'});

  const stored = await http.upload('/files', file, '감.gif');
  const refused = http.upload('/files', file, 'x.svg');

  expect(stored).toEqual({attachment: {id: 'a'}});
  await expect(refused).rejects.toMatchObject(error);
  expect(asked[0]?.url).toBe('http://chat.example/api/v1/files');
  expect(headers(asked[0]?.init)).toEqual({authorization: 'Bearer mds_x'});
  const body = asked[0]!.init.body as FormData;
  expect((body.get('file') as File).name).toBe('감.gif');
});

test.each([
  '/rooms/',
  '/rooms//members',
  '/rooms/..',
  '/rooms/1/members/%2e%2e',
  '//',
  'rooms',
  '',
  undefined,
])('refuses the path %j, of which a URL would make another one', async (path) => {
  const {asked, fetch} = scripted();
  const http = new Http({url, fetch, timeoutMs: 1_000});

  await expect(http.request('DELETE', path as string, {})).rejects.toMatchObject({code: 'invalid'});

  expect(asked).toEqual([]);
});

test('uploads with the token of now, not with that of the beginning', async () => {
  const uploaded = () => Response.json({attachment: {}}, {status: 201});
  const {asked, fetch} = scripted(uploaded(), uploaded(), uploaded());
  const http = new Http({url, fetch, cookie: 'sid=abc', timeoutMs: 1_000});
  const file = new Blob(['x']);

  await http.upload('/files', file, 'x');
  http.token = 'mds_redeemed';
  await http.upload('/files', file, 'x');
  http.token = undefined;
  await http.upload('/files', file, 'x');

  expect(
    asked.map(({init}) => [headers(init).authorization, headers(init).cookie, init.credentials]),
  ).toEqual([
    [undefined, 'sid=abc', 'include'],
    ['Bearer mds_redeemed', undefined, 'omit'],
    [undefined, 'sid=abc', 'include'],
  ]);
});
