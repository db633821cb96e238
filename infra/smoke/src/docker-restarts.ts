/** Scaling, and a restart of everything, while people talk. */
import {waitFor} from '@madang/testkit/wait-for';
import type {Stack} from './compose-stack.ts';
import {startLoad} from './load.ts';
import {expect, say, step} from './steps.ts';
import {startTalk} from './talk.ts';
import type {Talk} from './talk.ts';

/** A client whose gateway ends is served again within this time. */
const gapMs = 3_000;

export async function checkRestarts(stack: Stack, url: string): Promise<void> {
  const talk = await step('twenty guests in five rooms talk', () => startTalk(url));
  const load = await startLoad({
    url,
    duration: '4m',
    addKey: (service) => stack.madang('key', 'add', service),
  });
  await underTalk(talk, 'scale gateways 2 to 4', () => stack.scale(4), {withinMs: gapMs});
  for (const [index, id] of (await stack.containers('gateway')).entries()) {
    await underTalk(
      talk,
      `restart gateway ${index + 1}`,
      async () => {
        await stack.docker('restart', '-t', '25', id);
        await stack.untilHealthy('gateway');
      },
      {withinMs: gapMs},
    );
  }
  await underTalk(talk, 'scale gateways 4 to 2', () => stack.scale(2), {withinMs: gapMs});
  const [victim = ''] = await stack.containers('gateway');
  await underTalk(
    talk,
    'kill a gateway without a word',
    async () => {
      await stack.docker('kill', '-s', 'KILL', victim);
      await waitFor(() => talk.clients.every(({status}) => status === 'online'), {
        timeoutMs: 15_000,
        what: 'everyone to be served again',
      });
      await stack.docker('start', victim);
      await stack.untilHealthy('gateway');
    },
    {withinMs: gapMs},
  );
  await underTalk(
    talk,
    'reload the balancer',
    async () => {
      // Counted in the whole log, because the balancer's lines about its servers are soon far from the end.
      const workers = async () => (await stack.compose('logs', 'haproxy')).match(/New worker/g)?.length ?? 0;
      const before = await workers();
      await stack.compose('kill', '-s', 'USR2', 'haproxy');
      await waitFor(async () => (await workers()) > before, {
        timeoutMs: 10_000,
        what: 'a new process of the balancer',
      });
    },
    {losses: 0},
  );
  for (const service of ['haproxy', 'worker', 'redis', 'postgres']) {
    await underTalk(talk, `restart ${service}`, async () => {
      await stack.compose('restart', '-t', '30', service);
      await stack.untilHealthy(service);
      await waitFor(() => talk.clients.every(({status}) => status === 'online'), {
        timeoutMs: 30_000,
        what: 'everyone to be served again',
      });
    });
  }
  await step(
    'nothing acknowledged was lost, doubled or out of order, and nobody was signed out',
    async () => {
      const faults = await talk.finish();
      expect(faults.length === 0, faults.join('\n'));
      return talk.acknowledged();
    },
    (count) => `${count} messages`,
  );
  await load.finish();
  await step('memory is within the limits', async () => {
    for (const {name, usedMiB, limitMiB, isKilled} of await stack.memory()) {
      say(`      ${name.padEnd(26)} ${String(usedMiB).padStart(6)} of ${limitMiB} MiB`);
      expect(limitMiB > 0 && usedMiB < limitMiB && !isKilled, `${name} is over its limit`);
    }
  });
}

/** Does a step while the talk continues. After it, messages must arrive again, and nobody may be cut off for long. */
export async function underTalk(
  talk: Talk,
  what: string,
  act: () => Promise<void>,
  {withinMs, losses: allowed}: {withinMs?: number; losses?: number} = {},
): Promise<void> {
  await step(
    what,
    async () => {
      talk.takeLongestGapMs();
      talk.takeLosses();
      await act();
      const before = talk.acknowledged();
      await waitFor(() => talk.acknowledged() >= before + talk.clients.length, {
        timeoutMs: 30_000,
        what: 'messages to be acknowledged',
      });
      const [gap, losses] = [talk.takeLongestGapMs(), talk.takeLosses()];
      expect(withinMs === undefined || gap <= withinMs, `a client was without service for ${gap} ms`);
      expect(allowed === undefined || losses <= allowed, `${losses} connections were lost`);
      return {gap, losses};
    },
    ({gap, losses}) => `${losses} connections lost, the longest for ${gap} ms`,
  );
}
