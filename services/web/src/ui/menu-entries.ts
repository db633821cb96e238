/** What a menu offers. */
export type MenuEntry =
  | {
      kind: 'action';
      label: string;
      act: () => void;
      isBad?: boolean;
      /** It waits for the menu to close, or the two would quarrel over the focus. */
      opensDialog?: boolean;
      /** Where the focus goes afterwards, if not back to where the menu was opened. */
      focus?: () => HTMLElement | null | undefined;
    }
  | {kind: 'choice'; label: string; value: string; choose: (value: string) => void; options: MenuOption[]}
  | {kind: 'separator'};

type MenuOption = {value: string; label: string; lang?: string};

export type MenuPopupProps = {
  /** What the menu stands beside. The focus returns to it, or to what is around it and can have it. */
  anchor: Element;
  align?: 'start' | 'end';
  entries: readonly MenuEntry[];
  onClose: () => void;
};
