import {fileURLToPath} from 'node:url';
import {rolldown} from 'rolldown';

const fileOf = (specifier: string) => fileURLToPath(import.meta.resolve(specifier));

/** Builds the page's script with the SDK that Node itself would load: one module, which is built once at the start. */
export async function buildPageScript(): Promise<string> {
  const build = await rolldown({
    input: fileOf('./page/main.ts'),
    platform: 'browser',
    resolve: {alias: {'@madang/client': fileOf('@madang/client')}},
  });
  const {output} = await build.generate({format: 'esm', minify: true});
  await build.close();
  return output[0].code;
}
