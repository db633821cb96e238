/**
 * Imported before anything else (`node --import "load.ts?name"`). It replaces `socket.io-client` with the simulated socket,
 * and loads sources with the patches of one mutant, if one is named.
 */
import {registerHooks} from 'node:module';
import {patchSource} from '@madang/verify/mutants/patch-source';
import {mutants} from './mutants.ts';

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
  load: (url, context, next) => patchSource(url, next(url, context), patches),
});
