import {useTranslation} from 'react-i18next';
import {chooseLanguage, languages, type Language} from './i18n.ts';
import {Button} from '../ui/button.tsx';

/** Switches to the other language, whose name is in that language. */
export function LanguageSwitch() {
  const {i18n} = useTranslation();
  const other: Language = i18n.language === 'ko' ? 'en' : 'ko';
  return (
    <Button look="quiet" lang={other} onClick={() => chooseLanguage(other)}>
      {languages[other]}
    </Button>
  );
}
