import type {LoadFnOutput} from 'node:module';
import {fileURLToPath} from 'node:url';
import type {Patch} from './mutant.ts';

const root = new URL('../../../../', import.meta.url);

/** Returns a module as Node loads it, with its file's patches applied. Throws if a patch does not fit exactly once. */
export function patchSource(url: string, loaded: LoadFnOutput, patches: readonly Patch[]): LoadFnOutput {
  const wanted = patches.filter(({file}) => url === new URL(file, root).href);
  if (wanted.length === 0 || loaded.source === undefined || loaded.source === null) return loaded;
  let source =
    typeof loaded.source === 'string' ? loaded.source : Buffer.from(loaded.source as Uint8Array).toString();
  for (const {find, replace} of wanted) {
    if (source.split(find).length !== 2) {
      throw new Error(`${fileURLToPath(url)} does not have this exactly once: ${find}`);
    }
    source = source.replace(find, () => replace);
  }
  return {...loaded, source};
}
