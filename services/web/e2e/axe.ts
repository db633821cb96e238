import {readFileSync} from 'node:fs';
import {createRequire} from 'node:module';
import type {AxeResults} from 'axe-core';
import type {Page} from 'playwright-core';
import type {Person} from './person.ts';

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

async function look(page: Page): Promise<AxeResults['violations']> {
  return ((await page.evaluate('axe.run({resultTypes: ["violations"]})')) as AxeResults).violations;
}

/** Returns what axe calls serious or critical in the current page, in light and in dark. */
export async function violationsIn({page}: Person): Promise<string[]> {
  await page.evaluate(axe);
  const found: string[] = [];
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({colorScheme, reducedMotion: 'reduce'});
    // Colours are checked after their transitions have ended.
    await page.evaluate(async () => {
      await new Promise(requestAnimationFrame);
      await Promise.allSettled(document.getAnimations().map(({finished}) => finished));
    });
    let violations = await look(page);
    // The page may need several frames for the new scheme; only lasting violations count.
    for (let left = 3; left > 0 && violations.length > 0; left -= 1) {
      await page.waitForTimeout(300);
      violations = await look(page);
    }
    for (const {id, impact, nodes} of violations) {
      if (impact !== 'serious' && impact !== 'critical') continue;
      found.push(
        ...nodes.map(({html, any}) => `${colorScheme}: ${id} ${html.slice(0, 160)} ${any[0]?.message}`),
      );
    }
  }
  return found;
}
