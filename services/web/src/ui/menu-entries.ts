/** The entries of a menu. */
export type MenuEntry =
  | {
      kind: 'action';
      label: string;
      act: () => void;
      isBad?: boolean;
      /** The action waits until the menu has closed. Otherwise both would move the focus. */
      opensDialog?: boolean;
      /** Where the focus goes afterwards, if it does not return to where the menu was opened. */
      focus?: () => HTMLElement | null | undefined;
    }
  | {kind: 'choice'; label: string; value: string; choose: (value: string) => void; options: MenuOption[]}
  | {kind: 'separator'};

type MenuOption = {value: string; label: string; lang?: string};

export type MenuPopupProps = {
  /** The element beside which the menu opens. The focus returns to it, or to a focusable element around it. */
  anchor: Element;
  align?: 'start' | 'end';
  entries: readonly MenuEntry[];
  onClose: () => void;
};
