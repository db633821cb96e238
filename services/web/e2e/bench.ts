/** Measures the time from an address to a usable room, on a slow machine: `npm run bench:web`. */
import {writeFile} from 'node:fs/promises';
import {cpus} from 'node:os';
import {afterAll, beforeAll, test} from 'vitest';
import {composer, message, sayAtOnce} from './conversation.ts';
import {comeIn, newName} from './entry.ts';
import {createRoom} from './lobby.ts';
import type {Person} from './person.ts';
import {Stage} from './stage.ts';

const SLOWER = 4;
const LOADS = 9;
const AIM_MS = 1_500;
const results = new URL('../../../loadtest/results/web.json', import.meta.url);

let stage: Stage;
let mina: Person;
beforeAll(async () => {
  stage = await Stage.open();
  mina = await stage.enter();
  await comeIn(mina, newName('mina'));
});
afterAll(() => stage.close());

test('from the address to a usable room', async () => {
  await createRoom(mina, {title: 'A lively room', keep: true});
  const path = new URL(mina.page.url()).pathname;
  const texts = Array.from({length: 100}, (_, no) => `message ${no}${' and more of it'.repeat(no % 9)}`);
  await sayAtOnce(mina, path.split('/').at(-1)!, texts);
  await message(mina, 'message 99').waitFor();

  const first = await times(path, {keepsCache: false});
  const again = await times(path, {keepsCache: true});

  const report = {
    measuredAt: new Date().toISOString(),
    machine: `${cpus().length} × ${cpus()[0]?.model}`,
    slower: SLOWER,
    aimMs: AIM_MS,
    firstVisit: {medianMs: median(first), loadsMs: first},
    laterVisit: {medianMs: median(again), loadsMs: again},
  };
  await writeFile(results, `${JSON.stringify(report, undefined, 2)}\n`);
  process.stdout.write(
    `from the address to a usable room, ${SLOWER} times slower CPU, median of ${LOADS} loads:\n` +
      `  first visit, nothing cached  ${median(first)} ms\n` +
      `  later visit, scripts cached  ${median(again)} ms\n` +
      `  aim                          ${AIM_MS} ms\n`,
  );
});

/** Measures one load after another, after one that does not count. */
async function times(path: string, {keepsCache}: {keepsCache: boolean}): Promise<number[]> {
  const found: number[] = [];
  for (let load = 0; load <= LOADS; load += 1) {
    const tab = await mina.newTab();
    const browser = await tab.page.context().newCDPSession(tab.page);
    await browser.send('Emulation.setCPUThrottlingRate', {rate: SLOWER});
    await browser.send('Network.enable');
    await browser.send('Network.setCacheDisabled', {cacheDisabled: !keepsCache});
    await tab.page.addInitScript(watchForUse);
    await tab.goTo(path);
    await composer(tab).waitFor();
    const usableAfterMs = await tab.page.waitForFunction(
      () => (window as {usableAfterMs?: number}).usableAfterMs,
    );
    if (load > 0) found.push(Math.round((await usableAfterMs.jsonValue())!));
    await tab.page.close();
  }
  return found;
}

/** Runs in the page: records when the newest message is painted and the field accepts text. */
function watchForUse(): void {
  const look = () => {
    const field = document.querySelector<HTMLTextAreaElement>('main textarea');
    const isThere = document.querySelector('[role=log]')?.textContent?.includes('message 99');
    if (field === null || field.disabled || isThere !== true) return void requestAnimationFrame(look);
    (window as {usableAfterMs?: number}).usableAfterMs = performance.now();
  };
  requestAnimationFrame(look);
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]!;
}
