import {expect, test} from 'vitest';
import {createCrashPoints} from './crash-point.ts';
import {runNode} from './run-node.ts';

test('does nothing in a process that was given no name', () => {
  expect(() => createCrashPoints(undefined)('after-commit')).not.toThrow();
});

test('kills the process at the point of that name and no other', async () => {
  const {signal, stdout} = await runNode(`
    import {createCrashPoints} from '@madang/runtime/crash-point';
    const crashPoint = createCrashPoints('after-commit');
    crashPoint('before-commit');
    console.log('passed the other');
    crashPoint('after-commit');
    console.log('survived');
  `).ended;

  expect(signal).toBe('SIGKILL');
  expect(stdout).toBe('passed the other\n');
});
