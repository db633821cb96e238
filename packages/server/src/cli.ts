#!/usr/bin/env node
/** `npx @madang/server dev`: a throw-away Madang for the tests of a product. */
import {parseArgs} from 'node:util';
import {prepareDev} from './prepare-dev.ts';
import {watchCaller} from './watch-caller.ts';

const usage = `usage: madang-dev [dev] [--port N] [--preset community|team|support] [--origin URL]…

A throw-away Madang on this machine: prints its address and a service key, and keeps nothing once it ends (Ctrl-C).

  --port N       the port; 8080 unless given, or a free one where that is taken
  --preset NAME  the rules of its one product: community unless given
  --origin URL   where pages that call it are served from (repeatable)

Redis is the redis-server in PATH, or the one at REDIS_URL. LOG_LEVEL=info shows what it does.`;

const presets = ['community', 'team', 'support'];

try {
  const {values, positionals} = parseArgs({
    allowPositionals: true,
    options: {
      port: {type: 'string'},
      preset: {type: 'string', default: 'community'},
      origin: {type: 'string', multiple: true, default: []},
      help: {type: 'boolean', short: 'h', default: false},
    },
  });
  if (values.help || positionals[0] === 'help') {
    process.stdout.write(`${usage}\n`);
  } else {
    if (positionals.some((word) => word !== 'dev')) throw new Error(`no command ${positionals.join(' ')}`);
    await runDev(values);
  }
} catch (error) {
  process.stderr.write(`${(error as Error).message.split('\n')[0]}\n`);
  process.exit(1);
}

async function runDev(given: {port?: string; preset: string; origin: string[]}): Promise<void> {
  const port = given.port === undefined ? undefined : Number(given.port);
  if (port !== undefined && !(Number.isInteger(port) && port > 0 && port < 65_536)) {
    throw new Error('--port must be a number from 1 to 65535');
  }
  if (!presets.includes(given.preset)) throw new Error(`--preset must be one of ${presets.join(', ')}`);
  watchCaller(process.env, () => process.kill(process.pid, 'SIGHUP'));
  const {program, postgres} = prepareDev((line) => process.stderr.write(`${line}\n`));
  // A library that the migrations use would leave its own folder behind.
  process.env['JITI_FS_CACHE'] = 'false';
  const {runDev: run} = (await import(program)) as {runDev: (options: object) => Promise<void>};
  const {REDIS_URL: redisUrl, LOG_LEVEL: logLevel = 'error'} = process.env;
  await run({port, preset: given.preset, origins: given.origin, postgres, redisUrl, logLevel});
}
