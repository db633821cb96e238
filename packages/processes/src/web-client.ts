import {existsSync, readdirSync, statSync} from 'node:fs';
import {join} from 'node:path';
import type {Children} from './children.ts';
import {Fatal} from './fatal.ts';
import {findReason} from './log-reason.ts';

// The files that a build reads, by folder of the repository.
const SOURCES = ['services/web', 'packages/client', 'packages/protocol', 'packages/react'];
const NOT_SOURCES = new Set(['node_modules', 'dist', 'e2e', 'test']);

/** Whether services/web has to be built: it was never built, or something that a build reads has changed since. */
export function isBuildDue(root: string): boolean {
  if (!existsSync(join(root, 'services/web/package.json'))) return false;
  const built = statSync(join(root, 'services/web/dist/index.html'), {throwIfNoEntry: false});
  return !built || SOURCES.some((source) => newestIn(join(root, source)) > built.mtimeMs);
}

/** Builds the web client if necessary. If the build fails, it throws the reason, which ends the start. */
export async function buildWebClient(options: {
  root: string;
  children: Children;
  env: NodeJS.ProcessEnv;
  /** Holds the log. */
  dir: string;
  say: (line: string) => void;
}): Promise<void> {
  const {root, children, env, dir, say} = options;
  if (!isBuildDue(root)) return;
  say('building the web client');
  const build = await children.start({
    name: 'web-build',
    command: 'npm',
    // The folder names every workspace in it, but only some are built.
    args: ['run', '--silent', 'build', '--workspace', 'services/web', '--if-present'],
    // Set even if the caller's own value differs, as in tests: React's other builds are slower and larger.
    env: {...env, NODE_ENV: 'production'},
    cwd: root,
    logFile: join(dir, 'web-build.log'),
  });
  const {code} = await build.exited;
  if (code !== 0) throw new Fatal(`the web client does not build: ${findReason(build.logFile)}`);
}

function newestIn(folder: string): number {
  const entries = existsSync(folder) ? readdirSync(folder, {withFileTypes: true}) : [];
  return entries.reduce((newest, entry) => {
    if (NOT_SOURCES.has(entry.name) || entry.name.includes('.test.')) return newest;
    const path = join(folder, entry.name);
    return Math.max(newest, entry.isDirectory() ? newestIn(path) : statSync(path).mtimeMs);
  }, 0);
}
