import 'i18next';
import type {en} from './en.ts';

declare module 'i18next' {
  interface CustomTypeOptions {
    resources: {translation: typeof en};
    /** A text without a value for one of its placeholders does not compile. */
    strictKeyChecks: true;
  }
}
