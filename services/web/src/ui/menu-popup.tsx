import {Menu} from '@base-ui/react/menu';
import {clsx} from 'clsx';
import {Check} from 'lucide-react';
import {useRef, useState} from 'react';
import type {MenuAction, MenuEntry, MenuPopupProps} from './menu-entries.ts';
import styles from './menu.module.css';

/** An open menu. It is a separate module, so that nobody waits for it before opening one. */
export default function MenuPopup({anchor, align = 'end', entries, onClose}: MenuPopupProps) {
  const [isOpen, setOpen] = useState(true);
  const focus = useRef<() => HTMLElement | null | undefined>(undefined);
  const opening = useRef<() => void>(undefined);
  const back = () => anchor.closest<HTMLElement>('button, a, [tabindex]');
  const choose = (entry: MenuAction) => {
    focus.current = entry.focus;
    if (entry.opensDialog === true) opening.current = entry.act;
    else entry.act();
  };
  return (
    <Menu.Root
      open={isOpen}
      onOpenChange={setOpen}
      onOpenChangeComplete={(open) => {
        if (open) return;
        onClose();
        opening.current?.();
      }}
    >
      <Menu.Portal>
        <Menu.Positioner className={styles.positioner} anchor={anchor} align={align} sideOffset={4}>
          <Menu.Popup className={styles.popup} finalFocus={() => focus.current?.() ?? back()}>
            {entries.map((entry, index) => (
              // Entries do not change places while a menu is open.
              // oxlint-disable-next-line react/no-array-index-key
              <Entry key={index} entry={entry} onChoose={choose} />
            ))}
          </Menu.Popup>
        </Menu.Positioner>
      </Menu.Portal>
    </Menu.Root>
  );
}

function Entry({entry, onChoose}: {entry: MenuEntry; onChoose: (entry: MenuAction) => void}) {
  switch (entry.kind) {
    case 'separator':
      return <Menu.Separator className={styles.separator} />;
    case 'action':
      return (
        <Menu.Item className={clsx(styles.item, entry.isBad && styles.bad)} onClick={() => onChoose(entry)}>
          {entry.label}
        </Menu.Item>
      );
    case 'row':
      return (
        <Menu.Group className={styles.row} aria-label={entry.label}>
          {entry.actions.map((action) => (
            <Menu.Item
              key={action.label}
              className={styles.small}
              aria-label={action.label}
              title={action.label}
              onClick={() => onChoose(action)}
            >
              {action.sign}
            </Menu.Item>
          ))}
        </Menu.Group>
      );
    case 'choice':
      return (
        <Menu.RadioGroup value={entry.value} onValueChange={entry.choose}>
          <Menu.GroupLabel className={styles.label}>{entry.label}</Menu.GroupLabel>
          {entry.options.map(({value, label, lang}) => (
            <Menu.RadioItem key={value} value={value} lang={lang} className={styles.item} closeOnClick>
              {label}
              <Menu.RadioItemIndicator className={styles.mark}>
                <Check size={16} aria-hidden />
              </Menu.RadioItemIndicator>
            </Menu.RadioItem>
          ))}
        </Menu.RadioGroup>
      );
  }
}
