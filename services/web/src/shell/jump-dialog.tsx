import {Hash, Search, Users} from 'lucide-react';
import {useId, useState, type KeyboardEvent} from 'react';
import {useTranslation} from 'react-i18next';
import {useLocation} from 'wouter';
import {Dialog} from '../ui/dialog.tsx';
import {isComposing} from '../ui/is-composing.ts';
import {Disc} from '../ui/person.tsx';
import {SignInName} from '../ui/sign-in-name.tsx';
import {TextField} from '../ui/text-field.tsx';
import {useTargets, type Target} from './jump-targets.ts';
import styles from './jump.module.css';

type JumpDialogProps = {
  onClose: () => void;
  /** Searches the messages of all rooms instead. */
  onSearch: (query: string) => void;
};

/** Finds a room or person by name, or leads on to messages. The arrow keys select a result, and Enter opens it. */
export default function JumpDialog({onClose, onSearch}: JumpDialogProps) {
  const {t} = useTranslation();
  const [, navigate] = useLocation();
  const [query, setQuery] = useState('');
  const [chosen, setChosen] = useState(0);
  const id = useId();
  const found = useTargets(query);
  const wanted = query.trim();
  const count = found.length + (wanted === '' ? 0 : 1);
  const active = Math.min(chosen, count - 1);
  const idOf = (index: number) => `${id}-${index}`;

  const go = (target: Target | undefined) => {
    onClose();
    if (target === undefined) return onSearch(wanted);
    navigate(target.path, {state: target.state});
  };
  const choose = (index: number) => {
    setChosen(index);
    document.getElementById(idOf(index))?.scrollIntoView({block: 'nearest'});
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (isComposing(event.nativeEvent) || count === 0) return;
    const steps: Record<string, number | undefined> = {ArrowDown: 1, ArrowUp: -1};
    const step = steps[event.key];
    if (step === undefined && event.key !== 'Enter') return;
    event.preventDefault();
    if (step === undefined) go(found[active]);
    else choose((active + step + count) % count);
  };

  return (
    <Dialog title={t('nav.jump')} isOpen onClose={onClose}>
      <TextField
        label={t('member.find')}
        type="search"
        role="combobox"
        autoComplete="off"
        aria-autocomplete="list"
        aria-expanded={count > 0}
        aria-controls={`${id}-list`}
        aria-activedescendant={count === 0 ? undefined : idOf(active)}
        autoFocus
        value={query}
        onChange={(event) => {
          setQuery(event.target.value);
          setChosen(0);
        }}
        onKeyDown={onKeyDown}
      />
      <ul id={`${id}-list`} role="listbox" aria-label={t('nav.jump')} className={styles.found}>
        {found.map((target, index) => (
          // The field handles the keys; this handles the pointer.
          // oxlint-disable-next-line jsx-a11y/click-events-have-key-events
          <li
            key={target.key}
            id={idOf(index)}
            role="option"
            aria-selected={index === active}
            className={styles.target}
            onPointerMove={() => setChosen(index)}
            onClick={() => go(target)}
          >
            <Sign target={target} />
            <bdi>{target.name}</bdi>
            {target.personId !== undefined && <SignInName id={target.personId} shown={target.name} />}
          </li>
        ))}
        {wanted !== '' && (
          // oxlint-disable-next-line jsx-a11y/click-events-have-key-events
          <li
            id={idOf(found.length)}
            role="option"
            aria-selected={active === found.length}
            className={styles.target}
            onPointerMove={() => setChosen(found.length)}
            onClick={() => go(undefined)}
          >
            <span className={styles.sign} aria-hidden>
              <Search size={18} />
            </span>
            <span>{t('nav.searchMessages', {query: wanted})}</span>
          </li>
        )}
      </ul>
      {found.length === 0 && <p role="status">{t('nav.nothingFound')}</p>}
    </Dialog>
  );
}

function Sign({target: {name, color, isGroup}}: {target: Target}) {
  if (color !== undefined) return <Disc name={name} color={color} />;
  const Icon = isGroup === true ? Users : Hash;
  return (
    <span className={styles.sign} aria-hidden>
      <Icon size={18} />
    </span>
  );
}
