import {Bold, Code, Italic, Link, List, Quote, Strikethrough} from 'lucide-react';
import type {RefObject} from 'react';
import {useTranslation} from 'react-i18next';
import {IconButton} from '../../ui/button.tsx';
import {formatText, type Format} from './format-text.ts';
import {replace} from './replace.ts';
import styles from './composer.module.css';

type Field = RefObject<HTMLTextAreaElement | null>;

const formats = [
  ['bold', Bold],
  ['italic', Italic],
  ['struck', Strikethrough],
  ['code', Code],
  ['link', Link],
  ['quote', Quote],
  ['list', List],
] as const;

/** Formats what is selected in the field. */
export function format(field: HTMLTextAreaElement, how: Format): void {
  const {value: text, selectionStart: from, selectionEnd: to} = field;
  replace(field, formatText({text, from, to}, how));
}

/** The buttons that format the selection. */
export function FormatBar({field}: {field: Field}) {
  const {t} = useTranslation();
  return (
    <div role="toolbar" aria-label={t('format.title')} className={styles.formats}>
      {formats.map(([how, Icon]) => (
        <IconButton
          key={how}
          label={t(`format.${how}`)}
          className={styles.format}
          onPointerDown={(event) => event.preventDefault()}
          onClick={() => format(field.current!, how)}
        >
          <Icon size={18} />
        </IconButton>
      ))}
    </div>
  );
}

const keys: Readonly<Record<string, Format>> = {b: 'bold', i: 'italic', e: 'code'};

/** Returns the format that a key with Ctrl or Cmd means. */
export function formatOfKey({ctrlKey, metaKey, altKey, shiftKey, key}: KeyboardEvent): Format | undefined {
  if (ctrlKey === metaKey || altKey) return undefined;
  const letter = key.toLowerCase();
  if (shiftKey) return letter === 'x' ? 'struck' : undefined;
  return keys[letter];
}
