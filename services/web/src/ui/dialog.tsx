import {Dialog as Base} from '@base-ui/react/dialog';
import {clsx} from 'clsx';
import {X} from 'lucide-react';
import type {ReactNode, RefObject} from 'react';
import {useTranslation} from 'react-i18next';
import {IconButton} from './button.tsx';
import styles from './dialog.module.css';

type DialogProps = {
  title: string;
  isOpen: boolean;
  /** As wide as its content. */
  isWide?: boolean;
  /** The element that gets the focus first. The default is the first focusable one. */
  initialFocus?: RefObject<HTMLElement | null>;
  onClose: () => void;
  children: ReactNode;
};

/** A dialog over the page. Escape and a press beside it close it, and the focus returns to where it was. */
export function Dialog({title, isOpen, isWide = false, initialFocus, onClose, children}: DialogProps) {
  const {t} = useTranslation();
  return (
    <Base.Root open={isOpen} onOpenChange={(open) => !open && onClose()}>
      <Base.Portal>
        <Base.Backdrop className={styles.veil} />
        <Base.Popup
          className={clsx(styles.dialog, isWide && styles.wide)}
          {...(initialFocus && {initialFocus})}
        >
          <header className={styles.header}>
            <Base.Title dir="auto" className={styles.title}>
              {title}
            </Base.Title>
            <Base.Close render={<IconButton label={t('close')} />}>
              <X size={20} />
            </Base.Close>
          </header>
          {children}
        </Base.Popup>
      </Base.Portal>
    </Base.Root>
  );
}
