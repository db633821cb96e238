import type {ReactNode} from 'react';

export type MenuAction = {
  label: string;
  act: () => void;
  /** The action waits until the menu has closed. Otherwise both would move the focus. */
  opensDialog?: boolean;
  /** Where the focus goes afterwards, if it does not return to where the menu was opened. */
  focus?: () => HTMLElement | null | undefined;
};

/** The entries of a menu. */
export type MenuEntry =
  | (MenuAction & {kind: 'action'; isBad?: boolean})
  | {kind: 'choice'; label: string; value: string; choose: (value: string) => void; options: MenuOption[]}
  /** Small things side by side, such as emoji. The label names them together. */
  | {kind: 'row'; label: string; actions: (MenuAction & {sign: ReactNode})[]}
  | {kind: 'separator'};

type MenuOption = {value: string; label: string; lang?: string};

export type MenuPopupProps = {
  /** The element beside which the menu opens. The focus returns to it, or to a focusable element around it. */
  anchor: Element;
  align?: 'start' | 'end';
  entries: readonly MenuEntry[];
  onClose: () => void;
};
