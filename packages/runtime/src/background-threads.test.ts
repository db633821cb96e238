import {execFileSync} from 'node:child_process';
import {expect, test} from 'vitest';

test('the threads that hash passwords have less priority than the event loop', () => {
  const program = `
    import {getPriority} from 'node:os';
    import {readdirSync, readFileSync} from 'node:fs';
    import {yieldToEventLoop} from ${JSON.stringify(new URL('background-threads.ts', import.meta.url).href)};
    await yieldToEventLoop();
    const nameOf = (thread) => readFileSync('/proc/self/task/' + thread + '/comm', 'utf8').trim();
    const own = readdirSync('/proc/self/task').map((thread) => [nameOf(thread), getPriority(Number(thread))]);
    console.log(JSON.stringify({main: getPriority(), own}));
  `;
  const printed = execFileSync(process.execPath, ['--input-type=module', '-e', program], {encoding: 'utf8'});
  const {main, own} = JSON.parse(printed) as {main: number; own: [string, number][]};
  const workers = own.filter(([name]) => name.startsWith('libuv-worker'));

  expect(workers).toHaveLength(4);
  for (const [, nice] of workers) expect(nice).toBeGreaterThanOrEqual(Math.min(19, main + 5));
});
