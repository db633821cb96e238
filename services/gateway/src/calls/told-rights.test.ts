import {presetPolicy, type PresetName} from '@madang/protocol/policy-presets';
import type {Right} from '@madang/protocol/policy';
import {expect, test} from 'vitest';
import {ToldRights} from './told-rights.ts';

const ann = {user: {id: 'ann', kind: 'account', name: 'ann', color: '#112233'}} as const;
const versionOf = (preset: PresetName, policyVersion: number) => ({
  policy: presetPolicy(preset),
  policyVersion,
});

function setUp() {
  const told: Right[][] = [];
  const rights = new ToldRights((may) => void told.push(may));
  const applyPolicy = (preset: PresetName, policyVersion: number) =>
    rights.applyPolicy(versionOf(preset, policyVersion), ann);
  return {rights, told, applyPolicy};
}

test('a client is told once it has started a session, and then when something changes', () => {
  const {rights, told, applyPolicy} = setUp();
  applyPolicy('community', 1);
  applyPolicy('support', 2);
  expect(told).toEqual([]);

  expect(rights.told()).toEqual([]);
  applyPolicy('support', 3);
  expect(told).toEqual([]);
  applyPolicy('team', 4);
  expect(told).toEqual([['createPublic', 'createPrivate', 'direct', 'directory']]);
});

test('an answer that a newer policy has overtaken changes nothing', () => {
  const {rights, told, applyPolicy} = setUp();
  applyPolicy('support', 2);
  applyPolicy('community', 1);

  expect(rights.told()).toEqual([]);
  applyPolicy('community', 1);
  expect(told).toEqual([]);
});
