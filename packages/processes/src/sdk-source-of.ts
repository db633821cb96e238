import {fileURLToPath} from 'node:url';

const name = /^@madang\/(client|react|server)(?:\/([\w-]+(?:\.css)?))?$/;

/** Returns the address of the source in this repository for an SDK's package name, or for a file of that package. */
export function sdkSourceOf(specifier: string): string | undefined {
  const [, sdk, file = sdk] = name.exec(specifier) ?? [];
  if (sdk === undefined) return undefined;
  return new URL(`../../${sdk}/src/${file}${file!.endsWith('.css') ? '' : '.ts'}`, import.meta.url).href;
}

const packages = fileURLToPath(new URL('../../', import.meta.url));

/** Does the same for Vite, as its `resolve.alias`. */
export const sdkAliases = [
  {find: /^@madang\/(client|react|server)$/, replacement: `${packages}$1/src/$1.ts`},
  {find: /^@madang\/(client|react|server)\/([\w-]+)$/, replacement: `${packages}$1/src/$2.ts`},
  {find: /^@madang\/react\/chat[.]css$/, replacement: `${packages}react/src/chat.css`},
];
