// What a registry would show of the SDKs and users would install. sdk-packed.full.test.ts shows that they work.
import {readFileSync} from 'node:fs';
import {join} from 'node:path';
import {expect, test} from 'vitest';

const repository = join(import.meta.dirname, '../../..');
const read = (path: string) => readFileSync(join(repository, path), 'utf8');

type Manifest = {
  private?: boolean;
  license?: string;
  version?: string;
  files?: string[];
  publishConfig?: object;
  exports: Record<string, string | Record<string, string>>;
  bin?: Record<string, string>;
  dependencies?: Record<string, string>;
};
const manifestOf = (sdk: string) => JSON.parse(read(`packages/${sdk}/package.json`)) as Manifest;

const sdks = ['client', 'react', 'server'];

test.for(sdks)('@madang/%s can be published, and leads to nothing but what is built', (sdk) => {
  const manifest = manifestOf(sdk);
  const targets = Object.values(manifest.exports).flatMap((target) =>
    typeof target === 'string' ? [target] : Object.values(target),
  );

  expect(manifest.private).toBeUndefined();
  expect(manifest.license).toBe('Apache-2.0');
  expect(manifest.files).toEqual(['dist']);
  // It says where the package was built. npm then publishes it only from a CI.
  expect(manifest.publishConfig).toEqual({access: 'public', provenance: true});
  expect(manifest.exports['.']).toEqual({types: `./dist/${sdk}.d.ts`, default: `./dist/${sdk}.js`});
  for (const target of [...targets, ...Object.values(manifest.bin ?? {})])
    expect(target).toMatch(/^(\.\/)?dist\//);
  for (const name of Object.keys(manifest.dependencies ?? {})) expect(name).not.toMatch(/^@madang\//);
});

test.for(sdks)('@madang/%s brings the licence along', (sdk) => {
  expect(read(`packages/${sdk}/LICENSE`)).toBe(read('LICENSE'));
});

test.for(sdks)("every link of @madang/%s's README works where there is nothing but that page", (sdk) => {
  const readme = read(`packages/${sdk}/README.md`);
  const headings = [...readme.matchAll(/^#+ (.+)$/gm)].map(
    ([, heading]) =>
      `#${heading!
        .toLowerCase()
        .replaceAll(/[^\w -]/g, '')
        .replaceAll(' ', '-')}`,
  );

  for (const [, target] of readme.matchAll(/\]\(([^)]+)\)/g)) {
    if (target!.startsWith('#')) expect(headings).toContain(target);
    else expect(target).toMatch(/^https:\/\//);
  }
});

test.for(sdks)(
  "@madang/%s's README says how to install it, from a registry and from a release's files",
  (sdk) => {
    const readme = read(`packages/${sdk}/README.md`);
    const {version} = manifestOf(sdk);

    expect(readme).toMatch(new RegExp(`^npm install .*@madang/${sdk}\\b`, 'm'));
    expect(readme).toMatch(new RegExp(`^npm install .*[.]/madang-${sdk}-${version}[.]tgz`, 'm'));
  },
);
