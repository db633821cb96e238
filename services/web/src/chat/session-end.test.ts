import {disconnectTable} from '@madang/protocol/disconnects';
import {expect, test} from 'vitest';
import {en} from '../i18n/en.ts';
import {ko} from '../i18n/ko.ts';
import {endReasons, isEndReason, phaseAfter} from './session-end.ts';

test('each way in which a server ends a session has one place that tells it, and words in both languages', () => {
  const final = Object.entries(disconnectTable).filter(([, {reconnect}]) => !reconnect);
  for (const [reason] of final) {
    const isPage = phaseAfter(reason) === 'replaced';
    expect(isEndReason(reason), reason).toBe(!isPage);
    expect(reason in en, reason).toBe(isPage);
  }
  for (const {entry} of [en, ko]) expect(Object.keys(entry.ended)).toEqual([...endReasons]);
});

test('a reason of a newer server signs out without words', () => {
  for (const reason of ['of_tomorrow', undefined, 7]) {
    expect(phaseAfter(reason)).toBe('signedOut');
    expect(isEndReason(reason)).toBe(false);
  }
});
