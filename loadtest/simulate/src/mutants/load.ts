/**
 * Imported before anything else (`node --import "load.ts?name"`): puts the simulated socket into the place of
 * `socket.io-client`, and loads sources with the patches of one mutant, if one is named.
 */
import {registerHooks} from 'node:module';
import {fileURLToPath} from 'node:url';
import {mutants} from './mutants.ts';

const root = new URL('../../../../', import.meta.url);
const socket = new URL('../world/client-socket.ts', import.meta.url).href;
const name = decodeURIComponent(new URL(import.meta.url).search.slice(1));
const mutant = mutants.find((each) => each.name === name);
if (name !== '' && !mutant) throw new Error(`there is no mutant ${name}`);
const patches = mutant?.patches ?? [];

registerHooks({
  resolve(specifier, context, next) {
    if (specifier === 'socket.io-client')
      return {url: socket, format: 'module-typescript', shortCircuit: true};
    return next(specifier, context);
  },
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
