import 'i18next';
import type {en} from './en.ts';

declare module 'i18next' {
  interface CustomTypeOptions {
    resources: {translation: typeof en};
    /** A text that misses a value it names does not compile. */
    strictKeyChecks: true;
  }
}
