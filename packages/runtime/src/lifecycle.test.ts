import {expect, test} from 'vitest';
import {runNode} from './run-node.ts';

function processWith({
  steps,
  deadlineMs = 5_000,
  after = '',
}: {
  steps: string;
  deadlineMs?: number;
  after?: string;
}) {
  return runNode(`
    import {createLogger} from '@madang/runtime/log';
    import {runUntilSignal} from '@madang/runtime/lifecycle';
    const log = createLogger({name: 'test', level: 'info'});
    const never = () => new Promise(() => {});
    setInterval(() => {}, 1_000);
    runUntilSignal({log, deadlineMs: ${deadlineMs}, steps: [${steps}]});
    log.info('running');
    ${after}
  `);
}

test('runs the steps in order on SIGTERM and exits with 0', async () => {
  const run = processWith({
    steps: `
      {name: 'first', limitMs: 1_000, run: async () => { await new Promise(setImmediate); log.info('first') }},
      {name: 'second', limitMs: 1_000, run: () => log.info('second')},`,
  });
  await run.printed('running');

  run.kill('SIGTERM');
  const {code, stdout} = await run.ended;

  expect(code).toBe(0);
  expect(stdout.indexOf('first')).toBeLessThan(stdout.indexOf('second'));
});

test('goes on after a step that throws or takes too long, and exits with 1', async () => {
  const run = processWith({
    steps: `
      {name: 'throws', limitMs: 1_000, run: () => { throw new Error('no') }},
      {name: 'hangs', limitMs: 20, run: never},
      {name: 'last', limitMs: 1_000, run: () => log.info('last step ran')},`,
  });
  await run.printed('running');

  run.kill('SIGINT');
  const {code, stdout} = await run.ended;

  expect(code).toBe(1);
  expect(stdout).toContain('hangs took longer than 20 ms');
  expect(stdout).toContain('last step ran');
});

test('leaves at once on a second signal', async () => {
  const run = processWith({steps: `{name: 'hangs', limitMs: 60_000, run: never}`});
  await run.printed('running');

  run.kill('SIGTERM');
  await run.printed('stopping');
  run.kill('SIGTERM');

  expect(await run.ended).toMatchObject({code: 1, stdout: expect.stringContaining('second signal')});
});

test('leaves at its deadline whatever a step does', async () => {
  const run = processWith({deadlineMs: 50, steps: `{name: 'hangs', limitMs: 60_000, run: never}`});
  await run.printed('running');

  run.kill('SIGTERM');

  expect(await run.ended).toMatchObject({code: 1, stdout: expect.stringContaining('not stopped in time')});
});

test.each([
  ['an exception', `setImmediate(() => { throw new Error('a bug') })`],
  ['a rejection', `void Promise.reject(new Error('a bug'))`],
])('logs %s that nobody handled and exits with 1', async (_, after) => {
  const run = processWith({steps: '', after});

  expect(await run.ended).toMatchObject({code: 1, stdout: expect.stringContaining('"message":"a bug"')});
});

test('leaves at once on a signal that comes before there is anything to put away', async () => {
  const run = runNode(`
    import {leaveOnSignal} from '@madang/runtime/lifecycle';
    leaveOnSignal();
    setInterval(() => {}, 1_000);
    console.log('waiting');
  `);
  await run.printed('waiting');

  run.kill('SIGTERM');

  expect(await run.ended).toMatchObject({code: 143, signal: null});
});

test('puts things away in order once there are some', async () => {
  const run = runNode(`
    import {createLogger} from '@madang/runtime/log';
    import {leaveOnSignal, runUntilSignal} from '@madang/runtime/lifecycle';
    leaveOnSignal();
    const log = createLogger({name: 'test', level: 'info'});
    setInterval(() => {}, 1_000);
    runUntilSignal({log, deadlineMs: 5_000, steps: []});
    log.info('running');
  `);
  await run.printed('running');

  run.kill('SIGTERM');

  expect(await run.ended).toMatchObject({code: 0, stdout: expect.stringContaining('"msg":"stopped"')});
});
