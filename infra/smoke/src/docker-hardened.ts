/** The image alone, under the strictest settings of an orchestrator. */
import {waitFor} from '@madang/testkit/wait-for';
import type {Stack} from './compose-stack.ts';
import {expect, step} from './steps.ts';

const strict = ['--read-only', '--cap-drop', 'ALL', '--security-opt', 'no-new-privileges', '--user', '10001'];

export async function checkHardened(stack: Stack): Promise<void> {
  const image = stack.env.MADANG_IMAGE!;
  await step('the image starts with --read-only --cap-drop ALL --user 10001, and stops with 0', async () => {
    const [gateway = ''] = await stack.containers('gateway');
    const settings = await stack.docker(
      'inspect',
      '-f',
      '{{range .Config.Env}}{{println .}}{{end}}',
      gateway,
    );
    const env = settings
      .split('\n')
      .filter((line) => /^(MADANG_ENV|DATABASE_URL|REDIS_URL|SESSION_SECRET)=/.test(line))
      .flatMap((line) => ['--env', line]);
    for (const service of ['migrate', 'gateway', 'worker']) {
      const own = ['--env', `SERVICE=${service}`, '--env', 'MIGRATE=false'];
      const network = ['--network', 'madang-smoke_data'];
      const id = await stack.docker('run', '-d', ...strict, ...network, ...env, ...own, image);
      try {
        if (service === 'migrate') await stack.docker('wait', id);
        else {
          await waitFor(() => stack.isHealthy(id), {
            timeoutMs: 30_000,
            what: `a strict ${service}`,
            everyMs: 500,
          });
          await stack.docker('stop', '-t', '25', id);
        }
        const code = await stack.docker('inspect', '-f', '{{.State.ExitCode}}', id);
        expect(code === '0', `${service} ended with ${code}: ${await stack.docker('logs', id)}`);
      } finally {
        await stack.docker('rm', '-f', id);
      }
    }
  });
  await step('a gateway whose configuration is wrong names every fault and starts nothing', async () => {
    const bare = ['run', '--rm', ...strict, '--env', 'REDIS_URL=nonsense', image, '--check-config'];
    const said = await stack.docker(...bare).catch((error: Error) => error.message);
    for (const name of ['DATABASE_URL', 'REDIS_URL', 'SESSION_SECRET']) {
      expect(said.includes(`configuration: ${name}`), `it said only: ${said}`);
    }
  });
  await step('the throw-away secrets are refused in production', async () => {
    const said = await stack
      .docker(
        'run',
        '--rm',
        '--env',
        'SESSION_SECRET=throw-away-session-secret-of-the-development-mode',
        image,
      )
      .catch((error: Error) => error.message);
    expect(said.includes('SESSION_SECRET holds a throw-away secret'), `it said only: ${said}`);
  });
}
