/** Rolls out a newer image with its own migration, restarts an old gateway after it, and rolls back. */
import {mkdtempSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import type {Stack} from './compose-stack.ts';
import {underTalk} from './docker-restarts.ts';
import {expect, run, step} from './steps.ts';
import {startTalk} from './talk.ts';

const newer = 'madang:smoke-newer';

export async function checkUpgrade(stack: Stack, url: string): Promise<void> {
  await step('build a newer image, which needs a migration', () =>
    buildNewer(stack.env.MADANG_IMAGE!, newer),
  );
  const talk = await startTalk(url);
  const upgrade = (image: string) => run('infra/docker/upgrade', [image], stack.env).then(() => undefined);

  await underTalk(talk, 'migrate, and restart an old gateway after it', async () => {
    await run('infra/docker/compose', ['run', '--rm', 'migrate'], {...stack.env, MADANG_IMAGE: newer});
    const [old = ''] = await stack.containers('gateway');
    await stack.docker('restart', '-t', '25', old);
    await stack.untilHealthy('gateway');
  });
  await underTalk(talk, 'upgrade to the newer image', () => upgrade(newer), {withinMs: 3_000});
  await underTalk(talk, 'back to the older image', () => upgrade(stack.env.MADANG_IMAGE!), {withinMs: 3_000});
  await step(
    'nothing acknowledged was lost, doubled or out of order',
    async () => {
      const faults = await talk.finish();
      expect(faults.length === 0, faults.join('\n'));
      return talk.acknowledged();
    },
    (count) => `${count} messages`,
  );
  await stack.docker('rmi', newer);
}

/** Builds the image with one more migration, without which it refuses to start. */
export async function buildNewer(image: string, tag: string): Promise<void> {
  const dir = mkdtempSync(join(tmpdir(), 'madang-newer-'));
  const name = '99990101000000000_smoke';
  try {
    writeFileSync(join(dir, `${name}.sql`), 'alter table rooms add column smoke text;\n');
    const require = `sed -i "s/requiredMigration = '.*'/requiredMigration = '${name}'/" packages/database/src/migrating/migrate.ts`;
    const lines = [
      `FROM ${image}`,
      'USER 0',
      `COPY ${name}.sql packages/database/migrations/`,
      `RUN ${require}`,
    ];
    writeFileSync(join(dir, 'Dockerfile'), [...lines, 'USER 1000:1000', ''].join('\n'));
    await run('docker', ['build', '-q', '-t', tag, dir]);
  } finally {
    rmSync(dir, {recursive: true});
  }
}
