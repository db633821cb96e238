import {lazy, Suspense, useState, type ReactNode} from 'react';
import type {MenuEntry} from './menu-entries.ts';

const loadPopup = () => import('./menu-popup.tsx');
export const MenuPopup = lazy(loadPopup);

type MenuButtonProps = {
  label: string;
  className?: string | undefined;
  align?: 'start' | 'end';
  entries: readonly MenuEntry[];
  children: ReactNode;
};

/** A button that opens a menu. The menu's code is loaded when one is likely to be opened. */
export function MenuButton({label, className, align, entries, children}: MenuButtonProps) {
  const [opened, setOpened] = useState<{anchor: Element; no: number}>();
  const prepare = () => void loadPopup().catch(() => undefined);
  return (
    <>
      <button
        type="button"
        className={className}
        aria-label={label}
        title={label}
        aria-haspopup="menu"
        aria-expanded={opened !== undefined}
        onPointerEnter={prepare}
        onFocus={prepare}
        onClick={({currentTarget: anchor}) =>
          // Each opening mounts a new menu, because the last one may still be closing.
          setOpened((before) => ({anchor, no: (before?.no ?? 0) + 1}))
        }
      >
        {children}
      </button>
      {opened !== undefined && (
        <Suspense>
          <MenuPopup
            key={opened.no}
            anchor={opened.anchor}
            {...(align && {align})}
            entries={entries}
            onClose={() => setOpened(undefined)}
          />
        </Suspense>
      )}
    </>
  );
}
