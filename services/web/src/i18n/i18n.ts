import i18next from 'i18next';
import {initReactI18next} from 'react-i18next';
import {en} from './en.ts';
import {isolate} from './isolate.ts';
import {ko} from './ko.ts';

export const languages = {en: 'English', ko: '한국어'} as const;
export type Language = keyof typeof languages;

const key = 'madang.language';

/** Returns the language chosen here before, else the first available one of the browser's. */
function preferredLanguage(): Language {
  const chosen = localStorage.getItem(key);
  const wanted = [...(chosen === null ? [] : [chosen]), ...navigator.languages];
  return wanted.map((tag) => tag.slice(0, 2).toLowerCase()).find(isLanguage) ?? 'en';
}

export function isLanguage(tag: string): tag is Language {
  return Object.hasOwn(languages, tag);
}

export function chooseLanguage(language: Language): void {
  localStorage.setItem(key, language);
  void i18next.changeLanguage(language);
}

// The `storage` event reports changes by other tabs only.
addEventListener('storage', ({key: changed, newValue}) => {
  if (changed === key && newValue !== null && isLanguage(newValue)) void i18next.changeLanguage(newValue);
});

i18next.on('languageChanged', (language) => {
  document.documentElement.lang = language;
});

void i18next.use(initReactI18next).init({
  lng: preferredLanguage(),
  fallbackLng: 'en',
  resources: {en: {translation: en}, ko: {translation: ko}},
  // React escapes what it shows; this only isolates the text direction of names.
  interpolation: {escapeValue: true, escape: isolate},
  initAsync: false,
});
