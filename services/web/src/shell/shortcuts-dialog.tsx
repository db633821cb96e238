import {useTranslation} from 'react-i18next';
import {Dialog} from '../ui/dialog.tsx';
import styles from './shortcuts.module.css';

const isApple = /Mac|iPhone|iPad/.test(navigator.userAgent);

const shortcuts = [
  {keys: [isApple ? '⌘ K' : 'Ctrl K'], what: 'jump'},
  {keys: [isApple ? '⌘ ⇧ F' : 'Ctrl Shift F'], what: 'search'},
  {keys: ['Alt ↑', 'Alt ↓'], what: 'unread'},
  {keys: ['Enter'], what: 'send'},
  {keys: ['Shift Enter'], what: 'line'},
  {keys: ['@', ':', '#', '/'], what: 'complete'},
  {keys: isApple ? ['⌘ B', '⌘ I', '⌘ E'] : ['Ctrl B', 'Ctrl I', 'Ctrl E'], what: 'format'},
  {keys: ['↑'], what: 'editLast'},
  {keys: ['↑', '↓', 'Home', 'End'], what: 'messages'},
  {keys: ['←', '→'], what: 'within'},
  {keys: ['Enter'], what: 'menu'},
  {keys: ['R', 'T', 'E', '+'], what: 'onMessage'},
  {keys: ['Esc'], what: 'close'},
  {keys: ['?'], what: 'list'},
] as const;

/** Lists all keyboard shortcuts. */
export default function ShortcutsDialog({onClose}: {onClose: () => void}) {
  const {t} = useTranslation();
  return (
    <Dialog title={t('nav.shortcuts')} isOpen onClose={onClose}>
      <dl className={styles.list}>
        {shortcuts.map(({keys, what}) => (
          <div key={what} className={styles.entry}>
            <dt>
              {keys.map((key) => (
                <kbd key={key} className={styles.key}>
                  {key}
                </kbd>
              ))}
            </dt>
            <dd>{t(`shortcuts.${what}`)}</dd>
          </div>
        ))}
      </dl>
    </Dialog>
  );
}
