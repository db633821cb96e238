/**
 * `npm run release`: everything of one version, from the commit that is checked out, into release/<version>.
 *
 * - `madang-<version>.tar.gz`: the sources, with docker-compose.yml
 * - `docker-bake.json`: how the image is built for amd64 and arm64, with labels and attestations
 * - `sbom.cdx.json`: what the image contains (CycloneDX)
 * - `madang-client-…`, `madang-react-…`, `madang-server-….tgz`: the SDKs
 * - `madang-chart-<version>.tgz`: the Helm chart
 * - `SHA256SUMS`
 */
import {execFileSync} from 'node:child_process';
import {createHash} from 'node:crypto';
import {cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {bakeFile} from './bake-file.ts';
import {listVersions, root} from './versions.ts';

const sdks = ['client', 'react', 'server'];

const run = (command: string, ...args: string[]) =>
  execFileSync(command, args, {cwd: root, encoding: 'utf8', maxBuffer: 2 ** 28});

/** Fails unless everything names one version, and the changelog says what it brings. */
function requireVersion(): string {
  const versions = new Set(listVersions().map(({version}) => version));
  const [version = ''] = versions;
  if (versions.size !== 1)
    throw new Error(`these versions are named: ${[...versions].join(', ')}; npm run release:version`);
  const changelog = readFileSync(join(root, 'CHANGELOG.md'), 'utf8');
  if (!changelog.includes(`\n## ${version}\n`))
    throw new Error(`CHANGELOG.md has no heading "## ${version}"`);
  return version;
}

function requireClean(): void {
  if (run('git', 'status', '--porcelain') !== '') throw new Error('there are uncommitted changes');
}

/** Symbolic links of the chart lead out of it, so the package has what they lead to. */
function packChart(version: string, out: string, epoch: string): void {
  const dir = mkdtempSync(join(tmpdir(), 'madang-chart-'));
  try {
    cpSync(join(root, 'infra/helm/madang'), join(dir, 'madang'), {recursive: true, dereference: true});
    const same = [
      '--sort=name',
      `--mtime=@${epoch}`,
      '--owner=0',
      '--group=0',
      '--numeric-owner',
      '--mode=go=rX,u+rw',
    ];
    const tar = join(dir, 'chart.tar');
    execFileSync('tar', [...same, '-cf', tar, '-C', dir, 'madang']);
    execFileSync('gzip', ['-n', tar]);
    cpSync(`${tar}.gz`, join(out, `madang-chart-${version}.tgz`));
  } finally {
    rmSync(dir, {recursive: true});
  }
}

function writeSums(out: string): void {
  const lines = readdirSync(out)
    .toSorted()
    .map(
      (name) =>
        `${createHash('sha256')
          .update(readFileSync(join(out, name)))
          .digest('hex')}  ${name}`,
    );
  writeFileSync(join(out, 'SHA256SUMS'), `${lines.join('\n')}\n`);
}

function release(): void {
  const version = requireVersion();
  requireClean();
  const out = join(root, 'release', version);
  rmSync(out, {recursive: true, force: true});
  mkdirSync(out, {recursive: true});
  const revision = run('git', 'rev-parse', 'HEAD').trim();
  const epoch = run('git', 'log', '-1', '--format=%ct').trim();
  run(
    'git',
    'archive',
    '--format=tar.gz',
    `--prefix=madang-${version}/`,
    '-o',
    join(out, `madang-${version}.tar.gz`),
    'HEAD',
  );
  writeFileSync(join(out, 'docker-bake.json'), bakeFile({version, revision, epoch}));
  writeFileSync(
    join(out, 'sbom.cdx.json'),
    run('npm', 'sbom', '--sbom-format=cyclonedx', '--omit=dev', '--package-lock-only'),
  );
  run('npm', 'pack', ...sdks.map((sdk) => `--workspace=packages/${sdk}`), '--pack-destination', out);
  packChart(version, out, epoch);
  writeSums(out);
  process.stdout.write(`${out}\n${readFileSync(join(out, 'SHA256SUMS'), 'utf8')}`);
}

release();
