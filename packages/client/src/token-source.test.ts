import {afterEach, beforeEach, expect, test, vi} from 'vitest';
import {TokenSource} from './token-source.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const encode = (part: object) => Buffer.from(JSON.stringify(part)).toString('base64url');
/** The issuer's clock differs from this machine's: only the token's lifetime counts. */
const jwtOf = (seconds: number, no: number) =>
  `${encode({alg: 'ES256'})}.${encode({iat: 1_000, exp: 1_000 + seconds, no, sub: '사용자 ÿ'})}.c2ln`;

function setUp(seconds = 100) {
  let asked = 0;
  const source = new TokenSource(async () => jwtOf(seconds, (asked += 1)));
  return {source, asked: () => asked};
}

test('asks for a token once, and for another when four fifths of its life are over', async () => {
  const {source, asked} = setUp();

  const [first, same] = await Promise.all([source.current(), source.current()]);
  vi.advanceTimersByTime(79_000);
  expect(await source.current()).toBe(first);
  expect([same, asked(), source.goodForMs]).toEqual([first, 1, 1_000]);
  vi.advanceTimersByTime(1_000);

  expect(await source.current()).not.toBe(first);
  expect(asked()).toBe(2);
});

test('asks again after a token was forgotten, or could not be had', async () => {
  const {source, asked} = setUp();
  await source.current();
  source.forget();
  await source.current();
  expect(asked()).toBe(2);

  const answers = [() => Promise.reject(new Error('offline')), () => 'mds_secret'];
  const failing = new TokenSource(() => answers.shift()!());
  await expect(failing.current()).rejects.toThrow('offline');
  await expect(failing.current()).resolves.toBe('mds_secret');
});

test('keeps what does not say how long it lives, and refuses what can be no token', async () => {
  const opaque = new TokenSource(() => 'mds_secret');
  await opaque.current();
  expect(opaque.goodForMs).toBe(2 ** 31 - 1);

  await expect(new TokenSource(() => 'a\nb').current()).rejects.toThrow(TypeError);
  await expect(new TokenSource(() => undefined as never).current()).rejects.toThrow(TypeError);
});

test('counts a token that the page gives again from when it was first seen', async () => {
  const token = jwtOf(100, 1);
  const source = new TokenSource(() => token);
  await source.current();
  vi.advanceTimersByTime(80_000);
  await source.current();
  expect(source.goodForMs).toBe(10_000);

  vi.advanceTimersByTime(30_000);
  await source.current();
  expect(source.goodForMs).toBe(1_000);
});

test('a token that was asked for before it was forgotten is given to nobody', async () => {
  const pages = [Promise.withResolvers<string>(), Promise.withResolvers<string>()];
  const answers = [...pages];
  const source = new TokenSource(() => answers.shift()!.promise);
  const early = source.current();
  source.forget();
  const late = source.current();
  pages[1]!.resolve(jwtOf(100, 2));
  pages[0]!.resolve(jwtOf(100, 1));

  expect(await Promise.all([early, late])).toEqual([jwtOf(100, 2), jwtOf(100, 2)]);
});

test('a page that never gives a token is not waited for without end', async () => {
  const source = new TokenSource(() => new Promise(() => undefined));
  const refused = expect(source.current()).rejects.toMatchObject({code: 'unavailable'});
  await vi.advanceTimersByTimeAsync(10_000);
  await refused;
});
