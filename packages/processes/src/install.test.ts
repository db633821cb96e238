import {chmodSync, existsSync, mkdtempSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {afterEach, beforeEach, expect, test, vi} from 'vitest';
import {Fatal} from './fatal.ts';
import {canInstall, installMissing} from './install.ts';

// A PATH with known programs only. Its apt-get records its calls and installs nothing, and there is no other Chromium.
const packages = 'chromium fonts-noto-cjk fonts-noto-color-emoji';
const advice = `install with: sudo apt-get install ${packages}`;

let dir: string;
let said: {line: string; isCalled: boolean}[];
const isCalled = () => existsSync(join(dir, 'called'));
const say = (line: string) => void said.push({line, isCalled: isCalled()});

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'madang-install-'));
  said = [];
  const aptGet = join(dir, 'apt-get');
  writeFileSync(aptGet, `#!/bin/sh\n: > '${join(dir, 'called')}'\n`);
  chmodSync(aptGet, 0o755);
  vi.stubEnv('PATH', dir);
});

afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(dir, {recursive: true});
});

test('says which packages it installs before it does, and how to prevent it', () => {
  expect(() => installMissing(['chromium'], say)).toThrow(new Fatal(`chromium not found; ${advice}`));

  const line = `installing ${packages} (apt-get; MADANG_INSTALL=no prevents it)`;
  expect(said).toEqual(canInstall() ? [{line, isCalled: false}] : []);
  expect(isCalled()).toBe(canInstall());
});

test('installs nothing when told not to, and names the packages', () => {
  vi.stubEnv('MADANG_INSTALL', 'no');
  const refusal = new Fatal(`chromium not found, and MADANG_INSTALL=no; ${advice}`);
  expect(() => installMissing(['chromium'], say)).toThrow(refusal);
  expect([said, isCalled()]).toEqual([[], false]);
});

test('takes no other word for no', () => {
  vi.stubEnv('MADANG_INSTALL', 'never');
  expect(() => installMissing(['chromium'], say)).toThrow(new Fatal('MADANG_INSTALL must be yes or no'));
  expect(isCalled()).toBe(false);
});

test('Python that cannot make environments is not taken for installed', () => {
  vi.stubEnv('MADANG_INSTALL', 'no');
  const python = join(dir, 'python3');
  const answer = (status: number) => {
    writeFileSync(python, `#!/bin/sh\nexit ${status}\n`);
    chmodSync(python, 0o755);
  };

  answer(1);
  expect(() => installMissing(['python3'], say)).toThrow('sudo apt-get install python3 python3-venv');
  answer(0);
  expect(() => installMissing(['python3'], say)).not.toThrow();
});
