import {spawn} from 'node:child_process';
import type {ChildProcess} from 'node:child_process';
import {existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {afterEach, beforeEach, expect, test} from 'vitest';
import {endLeftovers} from './leftovers.ts';
import type {Leftover} from './leftovers.ts';
import {identifyProcess} from './process-identity.ts';

let dir: string;
let sleeper: ChildProcess;
const gone = {pid: 2 ** 22 + 1, identity: '1'};

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'madang-run-'));
  sleeper = spawn('sleep', ['60']);
});

afterEach(() => {
  sleeper.kill('SIGKILL');
  rmSync(dir, {recursive: true, force: true});
});

function note(name: string, changes: Partial<Leftover> = {}): void {
  const pid = sleeper.pid ?? 0;
  const leftover: Leftover = {
    name,
    pid,
    identity: identifyProcess(pid) ?? '',
    owner: gone,
    stopSignal: 'SIGTERM',
    isStore: false,
    ...changes,
  };
  writeFileSync(join(dir, `${name}.child.json`), JSON.stringify(leftover));
}

const isRunning = () => identifyProcess(sleeper.pid ?? 0) !== undefined;

test('ends what a run that has crashed left behind, and forgets it', async () => {
  note('gateway-1');

  await expect(endLeftovers(dir)).resolves.toEqual(['gateway-1']);

  expect(isRunning()).toBe(false);
  expect(readdirSync(dir)).toEqual([]);
});

test('leaves alone another process that has got the same pid', async () => {
  note('gateway-1', {identity: 'the start time of one that has gone'});

  await expect(endLeftovers(dir)).resolves.toEqual([]);

  expect(isRunning()).toBe(true);
});

test('leaves alone what belongs to a run that lives', async () => {
  note('gateway-1', {owner: {pid: process.pid, identity: identifyProcess(process.pid) ?? ''}});

  await expect(endLeftovers(dir)).resolves.toEqual([]);

  expect(isRunning()).toBe(true);
  expect(existsSync(join(dir, 'gateway-1.child.json'))).toBe(true);
});

test('kills what does not heed the request', async () => {
  sleeper.kill('SIGSTOP');
  // The process is continued, and asked with a signal that does not end it.
  note('gateway-1', {stopSignal: 'SIGCONT'});

  await endLeftovers(dir);

  expect(isRunning()).toBe(false);
});

test('finds nothing where there never was a run', async () => {
  await expect(endLeftovers(join(dir, 'missing'))).resolves.toEqual([]);
});
