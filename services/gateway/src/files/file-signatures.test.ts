import {afterEach, expect, test, vi} from 'vitest';
import {readFileSignature, signFile} from './file-signatures.ts';

const [image, tenantId, userId] = [1, 2, 3].map((no) => `0193e7a0-0000-7000-8000-00000000000${no}`) as [
  string,
  string,
  string,
];
const reader = {tenantId, userId};
afterEach(() => void vi.useRealTimers());

test('a signature stands for its user, for one image, by any of the secrets, for an hour', () => {
  vi.useFakeTimers({now: 1_000_000});
  const {signature, expiresAt} = signFile(image, reader, ['new']);

  expect(expiresAt).toBe('1970-01-01T01:16:40.000Z');
  expect(readFileSignature(image, signature, ['newer', 'new'])).toEqual(reader);
  expect(readFileSignature(image.toUpperCase(), signature, ['new'])).toEqual(reader);
  expect(readFileSignature(tenantId, signature, ['new'])).toBeUndefined();
  expect(readFileSignature(image, signature, ['other'])).toBeUndefined();
  vi.setSystemTime(1_000_000 + 3_600_000);
  expect(readFileSignature(image, signature, ['new'])).toBeUndefined();
});

test('a signature names the key by which its caller came', () => {
  const {signature} = signFile(image, {...reader, keyId: image}, ['secret']);

  expect(readFileSignature(image, signature, ['secret'])).toEqual({...reader, keyId: image});
  expect(readFileSignature(image, signature.replace(`.${image}.`, '.'), ['secret'])).toBeUndefined();
});

test('a signature with any character changed is none', () => {
  const {signature} = signFile(image, {...reader, keyId: image}, ['secret']);

  for (let at = 0; at < signature.length; at += 1) {
    // The last of the 43 characters has unused bits.
    if (at === signature.length - 1) continue;
    const other = signature[at] === '1' ? '2' : '1';
    const changed = signature.slice(0, at) + other + signature.slice(at + 1);
    expect([at, readFileSignature(image, changed, ['secret'])]).toEqual([at, undefined]);
  }
  for (const wrong of ['', '.', 'x'.repeat(300), `${tenantId}.${userId}.99999999999`]) {
    expect(readFileSignature(image, wrong, ['secret'])).toBeUndefined();
  }
});
