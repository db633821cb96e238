type Replacement = {from: number; to: number; text: string; selectFrom?: number; selectTo?: number};

/** Replaces a part of a field's text as if it were typed, so that it can be undone. */
export function replace(field: HTMLTextAreaElement, change: Replacement): void {
  const {from, to, text, selectFrom, selectTo = selectFrom} = change;
  field.focus();
  field.setSelectionRange(from, to);
  document.execCommand(text === '' ? 'delete' : 'insertText', false, text);
  if (selectFrom !== undefined) field.setSelectionRange(selectFrom, selectTo!);
}
