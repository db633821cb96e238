import {Popover} from '@base-ui/react/popover';
import {useState, type KeyboardEvent} from 'react';
import {useTranslation} from 'react-i18next';
import {isComposing} from '../../ui/is-composing.ts';
import {TextField} from '../../ui/text-field.tsx';
import {findEmoji, type Emoji} from './emoji.ts';
import {useEmoji} from './use-emoji.ts';
import styles from './emoji-picker.module.css';

type EmojiPickerProps = {anchor: Element; onPick: (emoji: string) => void; onClose: () => void};

const groupNames = [
  'people',
  'nature',
  'food',
  'travel',
  'activities',
  'objects',
  'symbols',
  'flags',
] as const;
const maxFound = 80;

/** All emoji in groups, and those that a word finds. Arrow keys go through them. */
export default function EmojiPicker({anchor, onPick, onClose}: EmojiPickerProps) {
  const {t} = useTranslation();
  const [query, setQuery] = useState('');
  const groups = useEmoji(true) ?? [];
  const wanted = query.trim();
  const found = wanted === '' ? undefined : findEmoji(groups, wanted, maxFound);
  const pick = (emoji: string) => {
    onPick(emoji);
    onClose();
  };
  return (
    <Popover.Root open onOpenChange={(open) => !open && onClose()}>
      <Popover.Portal>
        <Popover.Positioner
          className={styles.positioner}
          anchor={anchor}
          side="top"
          align="end"
          sideOffset={4}
        >
          <Popover.Popup className={styles.popup} aria-label={t('emoji.title')}>
            <TextField
              label={t('emoji.find')}
              type="search"
              autoComplete="off"
              autoFocus
              value={query}
              onChange={(event) => setQuery(event.target.value)}
              onKeyDown={(event) => {
                if (isComposing(event.nativeEvent) || event.key !== 'Enter' || found?.[0] === undefined)
                  return;
                event.preventDefault();
                pick(found[0].emoji);
              }}
            />
            {/* The keys belong to the buttons in it. */}
            <div role="presentation" className={styles.groups} onKeyDown={goThrough}>
              {found === undefined ? (
                groups.map((group, index) => (
                  <Group
                    key={groupNames[index]}
                    name={t(`emoji.groups.${groupNames[index]!}`)}
                    {...{group, pick}}
                  />
                ))
              ) : (
                <Group name={t('emoji.found')} group={found} pick={pick} />
              )}
              {found?.length === 0 && <p role="status">{t('emoji.none')}</p>}
            </div>
          </Popover.Popup>
        </Popover.Positioner>
      </Popover.Portal>
    </Popover.Root>
  );
}

type GroupProps = {name: string; group: readonly Emoji[]; pick: (emoji: string) => void};

function Group({name, group, pick}: GroupProps) {
  if (group.length === 0) return null;
  return (
    <section aria-label={name}>
      <h3 className={styles.name}>{name}</h3>
      <div className={styles.grid}>
        {group.map(({emoji, name: label}, index) => (
          <button
            key={emoji}
            type="button"
            className={styles.emoji}
            aria-label={label}
            title={label}
            // One tab stop a group; the arrow keys lead to the others.
            tabIndex={index === 0 ? 0 : -1}
            onClick={() => pick(emoji)}
          >
            {emoji}
          </button>
        ))}
      </div>
    </section>
  );
}

/** Moves the focus by the arrow keys: to the next one, or to the nearest one in the next row. */
function goThrough(event: KeyboardEvent<HTMLDivElement>): void {
  const all = [...event.currentTarget.querySelectorAll('button')];
  const at = all.findIndex((one) => one === event.target);
  const steps: Record<string, number> = {ArrowRight: 1, ArrowLeft: -1};
  const step = steps[event.key];
  const next = step === undefined ? inNextRow(all, at, event.key) : all[at + step];
  if (at < 0 || next === undefined) return;
  event.preventDefault();
  next.focus();
}

function inNextRow(all: readonly HTMLElement[], at: number, key: string): HTMLElement | undefined {
  const here = all[at];
  if (here === undefined || (key !== 'ArrowDown' && key !== 'ArrowUp')) return undefined;
  const {top, left} = here.getBoundingClientRect();
  const ahead = key === 'ArrowDown' ? all.slice(at + 1) : all.slice(0, at).reverse();
  const first = ahead.find((one) => Math.abs(one.getBoundingClientRect().top - top) > 4);
  if (first === undefined) return undefined;
  const rowTop = first.getBoundingClientRect().top;
  const row = ahead.filter((one) => Math.abs(one.getBoundingClientRect().top - rowTop) < 4);
  const distance = (one: HTMLElement) => Math.abs(one.getBoundingClientRect().left - left);
  return row.reduce((best, one) => (distance(one) < distance(best) ? one : best));
}
