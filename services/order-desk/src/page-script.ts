import {fileURLToPath} from 'node:url';
import {rolldown} from 'rolldown';

const source = fileURLToPath(new URL('page/main.ts', import.meta.url));

/** Builds the page's script with the SDK in it: one module, made once at the start. */
export async function buildPageScript(): Promise<string> {
  const build = await rolldown({input: source, platform: 'browser'});
  const {output} = await build.generate({format: 'esm', minify: true});
  await build.close();
  return output[0].code;
}
