/**
 * Loads the SDKs from their sources in Node: `node --import ./packages/processes/src/sdk-sources.ts program.mjs`.
 *
 * Their manifests name the published files, which nobody builds here. tsc finds the sources by `paths` of
 * tsconfig.base.json.
 */
import {registerHooks} from 'node:module';
import {sdkSourceOf} from './sdk-source-of.ts';

registerHooks({
  resolve(specifier, context, next) {
    const source = sdkSourceOf(specifier);
    return source ? {url: source, shortCircuit: true} : next(specifier, context);
  },
});
