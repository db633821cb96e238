import {sign} from 'cookie-signature';
import {expect, test} from 'vitest';
import {hashOf, newSessionId, parseSessionId, readCookie, readToken, tokenOf} from './session-ids.ts';

const userId = '01890a5d-ac96-774b-bcce-b302099a8057';
const secrets = ['n'.repeat(32), 'o'.repeat(32)];

test('a token leads back to the user, the epoch and the hash of the id', () => {
  const id = newSessionId({userId, epoch: 7});

  expect(readToken(tokenOf(id, secrets), secrets)).toEqual({userId, epoch: 7, sessionHash: hashOf(id)});
  expect(readCookie(`s:${sign(id, 'n'.repeat(32))}`, secrets)).toEqual(parseSessionId(id));
});

test('the id of a session that a ticket began leads back to the key of the ticket', () => {
  const ticketKeyId = '01890a5d-ac96-774b-bcce-b302099a8058';
  const id = newSessionId({userId, epoch: 7, ticketKeyId});

  expect(id).toMatch(/^2\./);
  expect(readToken(tokenOf(id, secrets), secrets)).toEqual({
    userId,
    epoch: 7,
    sessionHash: hashOf(id),
    ticketKeyId,
  });
  expect(parseSessionId(id.slice(2))).toBeUndefined();
  expect(parseSessionId(`2.${newSessionId({userId, epoch: 7})}`)).toBeUndefined();
  expect(parseSessionId(id.replace('2.', '3.'))).toBeUndefined();
});

test('ids do not repeat', () => {
  const ids = Array.from({length: 100}, () => newSessionId({userId, epoch: 0}));

  expect(new Set(ids).size).toBe(100);
});

test('a secret rotated out of first place still verifies, one that is gone does not', () => {
  const token = tokenOf(newSessionId({userId, epoch: 0}), secrets.slice(1));

  expect(readToken(token, secrets)).toBeDefined();
  expect(readToken(token, secrets.slice(0, 1))).toBeUndefined();
});

test.each([
  ['another prefix', (token: string) => token.replace('mds_', 'mdk_')],
  ['another user', (token: string) => token.replace('8057', '8058')],
  ['another epoch', (token: string) => token.replace('.3.', '.4.')],
  ['no signature', (token: string) => token.slice(0, token.lastIndexOf('.'))],
  ['a cut signature', (token: string) => token.slice(0, -1)],
  ['nothing', () => ''],
])('a token with %s is none', (_what, spoil) => {
  const token = tokenOf(newSessionId({userId, epoch: 3}), secrets);

  expect(readToken(token, secrets)).toBeDefined();
  expect(readToken(spoil(token), secrets)).toBeUndefined();
});

test('what is signed but no session id is none', () => {
  expect(readCookie(`s:${sign('hello', 'n'.repeat(32))}`, secrets)).toBeUndefined();
  expect(parseSessionId(`${userId}.1.short`)).toBeUndefined();
});
