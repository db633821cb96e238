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

/** A button that opens a menu. What a menu needs is fetched when one is likely to be opened. */
export function MenuButton({label, className, align, entries, children}: MenuButtonProps) {
  const [anchor, setAnchor] = useState<Element>();
  const prepare = () => void loadPopup().catch(() => undefined);
  return (
    <>
      <button
        type="button"
        className={className}
        aria-label={label}
        title={label}
        aria-haspopup="menu"
        aria-expanded={anchor !== undefined}
        onPointerEnter={prepare}
        onFocus={prepare}
        onClick={(event) => setAnchor(event.currentTarget)}
      >
        {children}
      </button>
      {anchor !== undefined && (
        <Suspense>
          <MenuPopup
            anchor={anchor}
            {...(align && {align})}
            entries={entries}
            onClose={() => setAnchor(undefined)}
          />
        </Suspense>
      )}
    </>
  );
}
