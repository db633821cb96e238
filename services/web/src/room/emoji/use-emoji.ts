import {useEffect, useState} from 'react';
import {useTranslation} from 'react-i18next';
import type {Emoji} from './emoji.ts';

/** Each language is loaded when its emoji are needed first. */
const load = (language: string) => (language === 'ko' ? import('./korean.ts') : import('./english.ts'));

/** Returns the emoji in the language of the page, once they are needed and loaded. */
export function useEmoji(isNeeded: boolean): readonly Emoji[][] | undefined {
  const {i18n} = useTranslation();
  const [groups, setGroups] = useState<readonly Emoji[][]>();
  useEffect(() => {
    if (!isNeeded) return;
    let isGone = false;
    load(i18n.language)
      .then(({emoji}) => isGone || setGroups(emoji))
      .catch(() => undefined);
    return () => {
      isGone = true;
    };
  }, [isNeeded, i18n.language]);
  return groups;
}
