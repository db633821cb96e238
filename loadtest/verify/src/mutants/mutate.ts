/**
 * Imported before anything else (`node --import "mutate.ts?name"`): loads sources with one mutant's patches in them.
 *
 * So the bugs are in no source file, and production code has no switch for them. If the text of a patch is not found, the
 * process ends: a mutant that was not made counts neither as caught nor as survived.
 */
import {registerHooks} from 'node:module';
import {fileURLToPath} from 'node:url';
import {mutants} from './mutants.ts';

const root = new URL('../../../../', import.meta.url);
const name = decodeURIComponent(new URL(import.meta.url).search.slice(1));
const mutant = mutants.find((each) => each.name === name);
if (!mutant) throw new Error(`there is no mutant ${name}`);
const patches = mutant.patches ?? [];

registerHooks({
  load(url, context, next) {
    const loaded = next(url, context);
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
  },
});
