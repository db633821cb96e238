/**
 * Imported before anything else (`node --import "mutate.ts?name"`). It loads sources with one mutant's patches.
 *
 * So the bugs are in no source file, and production code has no switch for them. If the text of a patch is not found, the
 * process ends: a mutant that was not made counts neither as caught nor as survived.
 */
import {registerHooks} from 'node:module';
import {mutants} from './mutants.ts';
import {patchSource} from './patch-source.ts';

const name = decodeURIComponent(new URL(import.meta.url).search.slice(1));
const mutant = mutants.find((each) => each.name === name);
if (!mutant) throw new Error(`there is no mutant ${name}`);
const patches = mutant.patches ?? [];

registerHooks({
  load: (url, context, next) => patchSource(url, next(url, context), patches),
});
