import {Copy} from 'lucide-react';
import {useEffect, useState} from 'react';
import {useTranslation} from 'react-i18next';
import {IconButton} from '../../ui/button.tsx';
import {copyText} from '../../ui/copy-text.ts';
import type {Part} from './highlight.ts';
import styles from './code-block.module.css';

/** A code block. Its colours load later, and change no size. */
export function CodeBlock({text, language}: {text: string; language?: string | undefined}) {
  const {t} = useTranslation();
  const parts = useParts(text, language);
  return (
    <div className={styles.block}>
      <pre dir="ltr">
        <code>
          {parts?.map(({kinds, text: part}, index) => (
            // The parts of a program never change places.
            // oxlint-disable-next-line react/no-array-index-key
            <span key={index} className={colorOf(kinds)}>
              {part}
            </span>
          )) ?? text}
        </code>
      </pre>
      <IconButton className={styles.copy} label={t('room.copyCode')} onClick={() => void copyText(text)}>
        <Copy size={14} />
      </IconButton>
    </div>
  );
}

/** Loads the languages with the first block that names one. Without them the text has no colours. */
function useParts(text: string, language: string | undefined): Part[] | undefined {
  const [parts, setParts] = useState<Part[]>();
  useEffect(() => {
    if (language === undefined) return setParts(undefined);
    let isGone = false;
    import('./highlight.ts')
      .then(({highlight}) => isGone || setParts(highlight(language, text)))
      .catch(() => undefined);
    return () => {
      isGone = true;
    };
  }, [text, language]);
  return parts;
}

const colors: readonly [pattern: RegExp, color: string | undefined][] = [
  [/comment|quote|meta/, styles.quiet],
  [/keyword|tag|built_in|selector-tag|section/, styles.word],
  [/string|regexp|addition|symbol|link/, styles.string],
  [/number|literal|deletion|attr|variable/, styles.value],
  [/title|name|type|property/, styles.title],
];

function colorOf(kinds: string): string | undefined {
  return colors.find(([pattern]) => pattern.test(kinds))?.[1];
}
