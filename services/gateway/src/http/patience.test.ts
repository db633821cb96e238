import {readFileSync} from 'node:fs';
import {expect, test} from 'vitest';
import {filesPatience} from '../stores/databases.ts';
import {imageLimits} from '../files/image-limits.ts';
import {mostMs as tarpitMs} from '../identity/tarpit.ts';
import {createLanes} from '../lanes/lanes.ts';

const config = readFileSync(new URL('../../../../infra/haproxy/haproxy.cfg', import.meta.url), 'utf8');

/** The shortest time-out of that kind, in ms. */
function timeout(kind: 'client' | 'server'): number {
  const seconds = [...config.matchAll(new RegExp(`^\\s*timeout ${kind} (\\d+)s$`, 'gm'))].map(([, s]) =>
    Number(s),
  );
  return Math.min(...seconds) * 1_000;
}

// This is the longest wait: the body has arrived completely, so the balancer sees no data until the answer.
test('an upload is answered before the balancer gives it up, however long each of its waits was', () => {
  const laneMs = createLanes().request.withinMs;
  const waits = [tarpitMs, laneMs, imageLimits.patienceMs, filesPatience.deadlineMs];
  const longestMs = waits.reduce((sum, ms) => sum + ms);

  expect(longestMs).toBeLessThan(timeout('client'));
  expect(longestMs).toBeLessThan(timeout('server'));
});
