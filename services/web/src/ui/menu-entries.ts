/** What a menu offers. */
export type MenuEntry =
  | {kind: 'action'; label: string; act: () => void; isBad?: boolean}
  | {kind: 'choice'; label: string; value: string; choose: (value: string) => void; options: MenuOption[]}
  | {kind: 'separator'};

type MenuOption = {value: string; label: string; lang?: string};

export type MenuPopupProps = {
  /** What the menu stands beside, and where the focus returns to. */
  anchor: Element;
  align?: 'start' | 'end';
  entries: readonly MenuEntry[];
  onClose: () => void;
};
