import {spawnSync} from 'node:child_process';
import {accessSync, constants, existsSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import {delimiter, join} from 'node:path';
import {Fatal} from './fatal.ts';

export type Program = 'redis-server' | 'haproxy' | 'pgbouncer' | 'chromium' | 'python3';

interface System {
  program: string;
  command: string;
  packages: Record<Program, string>;
}

// Without these font packages a bare Debian shows boxes for Korean and for emoji.
const APT: System = {
  program: 'apt-get',
  command: 'sudo apt-get install',
  packages: {
    'redis-server': 'redis-server',
    haproxy: 'haproxy',
    pgbouncer: 'pgbouncer',
    chromium: 'chromium fonts-noto-cjk fonts-noto-color-emoji',
    python3: 'python3 python3-venv',
  },
};
const ELSEWHERE = {
  'redis-server': 'redis',
  haproxy: 'haproxy',
  pgbouncer: 'pgbouncer',
  chromium: 'chromium',
  python3: 'python3',
};

// A system installs the packages of the first of these programs that it has.
const SYSTEMS: System[] = [
  {program: 'brew', command: 'brew install', packages: ELSEWHERE},
  APT,
  {program: 'dnf', command: 'sudo dnf install', packages: ELSEWHERE},
  {program: 'apk', command: 'sudo apk add', packages: ELSEWHERE},
  {program: 'pacman', command: 'sudo pacman -S', packages: ELSEWHERE},
  {program: 'zypper', command: 'sudo zypper install', packages: ELSEWHERE},
];

// Debian keeps haproxy here, and not every PATH contains it.
const SYSTEM_FOLDERS = ['/usr/local/sbin', '/usr/sbin', '/sbin'];

// While this script exists and exits with 101, Debian's packages start no services, such as a redis-server on 6379.
const SERVICE_POLICY = '/usr/sbin/policy-rc.d';

/** Finds a program in the PATH or in the usual folders of servers. Returns undefined when it is not installed. */
export function findProgram(name: string): string | undefined {
  const folders = [...(process.env.PATH ?? '').split(delimiter).filter(Boolean), ...SYSTEM_FOLDERS];
  return folders.map((folder) => join(folder, name)).find(isExecutable);
}

/** Whether this process may install system packages: as root on Debian and Ubuntu, unless that is forbidden. */
export function canInstall(): boolean {
  return isWanted() && process.getuid?.() === 0 && isDebian() && findProgram('apt-get') !== undefined;
}

/**
 * Makes sure that the programs are installed. It names the missing packages and installs them if it may. Otherwise it
 * throws one line with the command to type.
 */
export function installMissing(programs: Program[], say: (line: string) => void): void {
  const wanted = isWanted();
  const missing = programs.filter((name) => !isInstalled(name));
  if (missing.length === 0) return;
  if (canInstall()) {
    const packages = missing.map((name) => APT.packages[name]).join(' ');
    say(`installing ${packages} (apt-get; MADANG_INSTALL=no prevents it)`);
    installWithApt(missing);
  }
  const still = programs.filter((name) => !isInstalled(name));
  if (still.length === 0) return;
  throw new Fatal(
    `${still.join(' and ')} not found${wanted ? '' : ', and MADANG_INSTALL=no'}; ${advise(still)}`,
  );
}

/** Debian's Python may lack the module that creates environments. */
function isInstalled(name: Program): boolean {
  const program = findProgram(name);
  if (!program || name !== 'python3') return program !== undefined;
  return spawnSync(program, ['-c', 'import ensurepip, venv'], {stdio: 'ignore'}).status === 0;
}

function isWanted(): boolean {
  const {MADANG_INSTALL: word = ''} = process.env;
  if (!['', 'yes', 'no'].includes(word)) throw new Fatal('MADANG_INSTALL must be yes or no');
  return word !== 'no';
}

function installWithApt(programs: Program[]): void {
  const install = [
    'install',
    '--yes',
    '--quiet',
    '--no-install-recommends',
    '-o',
    'DPkg::Lock::Timeout=60',
    ...programs.flatMap((name) => APT.packages[name].split(' ')),
  ];
  const isPolicyOurs = !existsSync(SERVICE_POLICY);
  if (isPolicyOurs) writeFileSync(SERVICE_POLICY, '#!/bin/sh\nexit 101\n', {mode: 0o755});
  try {
    // A fresh image has no package lists, and old lists name versions that the mirrors have dropped.
    if (apt(install).status === 0) return;
    apt(['update', '--quiet']);
    const {status, stderr} = apt(install);
    if (status === 0) return;
    const reason =
      stderr.split('\n').find((line) => line.startsWith('E:')) ?? stderr.trim().split('\n').at(-1);
    throw new Fatal(`apt-get could not install ${programs.join(' and ')}: ${reason}`);
  } finally {
    if (isPolicyOurs) rmSync(SERVICE_POLICY, {force: true});
  }
}

function apt(args: string[]) {
  const env = {...process.env, DEBIAN_FRONTEND: 'noninteractive'};
  return spawnSync('apt-get', args, {env, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe']});
}

function advise(missing: Program[]): string {
  const system = SYSTEMS.find(({program}) => findProgram(program));
  if (!system) return `install ${missing.join(' and ')}`;
  return `install with: ${system.command} ${missing.map((name) => system.packages[name]).join(' ')}`;
}

function isDebian(): boolean {
  try {
    return /^ID(_LIKE)?=.*\b(debian|ubuntu)\b/m.test(readFileSync('/etc/os-release', 'utf8'));
  } catch {
    return false;
  }
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
