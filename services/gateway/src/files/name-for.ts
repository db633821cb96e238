const shownChars = 80;
/** No more of a name is looked at: enough for what is shown and for what is taken out of it. */
const readChars = 4 * shownChars;

/** The name's last part, as far as it can be shown, with the ending that the content has. */
export function nameFor(given: string, type: string): string {
  const begin = Math.max(given.lastIndexOf('/'), given.lastIndexOf('\\')) + 1;
  const last = given
    .slice(begin, begin + readChars)
    .toWellFormed()
    .normalize('NFC');
  const isWhole = given.length <= begin + readChars;
  const shown = (isWhole ? last.replace(/\.[^.]*$/, '') : last)
    .replaceAll(/[\p{Cc}\p{Cf}<>:"|?*]/gu, '')
    .replace(/^[.\s]+/, '')
    .slice(0, shownChars)
    .toWellFormed()
    .trim();
  return `${shown || 'image'}.${type.replace('image/', '').replace('jpeg', 'jpg')}`;
}
