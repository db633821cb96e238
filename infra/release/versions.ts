/** The one version of everything that is released, and all places that name it. */
import {globSync, readFileSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';

export const root = join(import.meta.dirname, '../..');

type Place = {files: string[]; pattern: RegExp};

const semver = String.raw`\d+\.\d+\.\d+(?:-[\w.]+)?`;
const find = (pattern: string | string[], exclude: string[] = []) =>
  globSync(pattern, {cwd: root, exclude: ['**/node_modules/**', '**/dist/**', ...exclude]}).toSorted();
const named = (before: string, after = '') => new RegExp(`(${before})(${semver})(?=${after})`, 'g');

/** Each pattern has what comes before the version as its first group. */
const places: Place[] = [
  {
    files: find(['package.json', '{packages,services,examples,infra,loadtest}/*/package.json']),
    pattern: named('^  "version": "', '"'),
  },
  {files: find('infra/helm/madang/Chart.yaml'), pattern: named('^(?:app)?[vV]ersion: ')},
  {
    files: find('infra/helm/golden/*.yaml'),
    pattern: named('helm.sh/chart: madang-|app.kubernetes.io/version: "|image: "?madang:'),
  },
  {
    files: [
      'README.md',
      'docker-compose.yml',
      '.env.example',
      'docs/configuration.md',
      'infra/configuration/src/compose.ts',
    ],
    pattern: named('\\bmadang:'),
  },
  {files: ['packages/python/pyproject.toml'], pattern: named('^version = "', '"')},
  {files: find('examples/*/requirements.txt'), pattern: named('^madang-server==')},
  {files: ['packages/python/test/wheel.full.test.ts'], pattern: named('madang_server-', '-py3')},
  {
    files: find(['packages/*/README.md', 'examples/*/README.md']),
    pattern: named('madang-(?:client|react|server)-', '\\.tgz'),
  },
].map(({files, pattern}) => ({files, pattern: new RegExp(pattern.source, 'gm')}));

const lockFile = 'package-lock.json';
type Lock = {version: string; packages: Record<string, {version?: string; link?: boolean}>};
/** The repository's own packages in the lock file, besides those that npm installs. */
const ownIn = ({packages}: Lock) =>
  Object.entries(packages).filter(([path, {link}]) => !path.includes('node_modules/') && !link);

const read = (file: string) => readFileSync(join(root, file), 'utf8');

/** Every place with the version that it names. */
export function listVersions(): {file: string; version: string}[] {
  const lock = JSON.parse(read(lockFile)) as Lock;
  const locked = ownIn(lock).map(([path, {version = ''}]) => ({
    file: `${lockFile}: ${path || 'root'}`,
    version,
  }));
  const found = places.flatMap(({files, pattern}) =>
    files.flatMap((file) => [...read(file).matchAll(pattern)].map((match) => ({file, version: match[2]!}))),
  );
  return [...found, {file: lockFile, version: lock.version}, ...locked];
}

/** Writes another version everywhere. */
export function writeVersion(version: string): void {
  if (!new RegExp(`^${semver}$`).test(version))
    throw new Error(`${version} is no version, such as 1.2.3 or 1.2.3-rc.1`);
  for (const {files, pattern} of places) {
    for (const file of files) writeFileSync(join(root, file), read(file).replaceAll(pattern, `$1${version}`));
  }
  const lock = JSON.parse(read(lockFile)) as Lock;
  lock.version = version;
  for (const [, own] of ownIn(lock)) own.version = version;
  writeFileSync(join(root, lockFile), `${JSON.stringify(lock, undefined, 2)}\n`);
}
