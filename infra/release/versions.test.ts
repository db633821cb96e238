import {readFileSync} from 'node:fs';
import {join} from 'node:path';
import {expect, test} from 'vitest';
import {bakeFile} from './bake-file.ts';
import {listVersions, root} from './versions.ts';

const read = (file: string) => readFileSync(join(root, file), 'utf8');

test('everything names one version: packages, lock file, chart, image, documentation', () => {
  const found = listVersions();
  const files = new Set(found.map(({file}) => file));

  for (const file of [
    'package.json',
    'docker-compose.yml',
    'infra/helm/madang/Chart.yaml',
    'packages/python/pyproject.toml',
  ])
    expect(files).toContain(file);
  expect(found.length).toBeGreaterThan(50);
  expect(new Set(found.map(({version}) => version)).size).toBe(1);
});

test('the changelog has a heading for every version, newest first, and names the commits of those that are out', () => {
  const headings = [...read('CHANGELOG.md').matchAll(/^## (.+)$/gm)].map(([, heading]) => heading!);
  const [current, ...released] = headings;

  expect(['Unreleased', listVersions()[0]!.version]).toContain(current);
  expect(released.at(-1)).toBe('0.1.0');
  const [, ...sections] = read('CHANGELOG.md').split(/^## /m).slice(1);
  for (const section of sections) expect(section).toMatch(/\nCommit `[0-9a-f]{40}`\.\n/);
});

test('the image is built for both kinds of machines, and says what it was built from', () => {
  const {target} = JSON.parse(bakeFile({version: '1.2.3', revision: 'f'.repeat(40), epoch: '1764460800'}));

  expect(target.madang).toMatchObject({
    platforms: ['linux/amd64', 'linux/arm64'],
    tags: ['${IMAGE}:1.2.3'],
    labels: {
      'org.opencontainers.image.version': '1.2.3',
      'org.opencontainers.image.revision': 'f'.repeat(40),
      'org.opencontainers.image.created': '2025-11-30T00:00:00.000Z',
    },
  });
  expect(read(target.madang.dockerfile)).toContain('ARG NODE_IMAGE');
});

test('no package that is published is private, and each has its licence, types and code in it', () => {
  for (const sdk of ['client', 'react', 'server']) {
    const manifest = JSON.parse(read(`packages/${sdk}/package.json`));

    expect(manifest).not.toHaveProperty('private');
    expect(manifest).toMatchObject({
      license: 'Apache-2.0',
      files: ['dist'],
      publishConfig: {access: 'public', provenance: true},
    });
    expect(manifest.exports['.']).toMatchObject({
      types: expect.stringMatching(/^\.\/dist\//),
      default: expect.stringMatching(/^\.\/dist\//),
    });
    expect(read(`packages/${sdk}/LICENSE`)).toBe(read('LICENSE'));
  }
});
