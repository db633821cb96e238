const shownChars = 80;
/** How much of a name is read: enough for what is shown and for what is removed from it. */
const readChars = 4 * shownChars;

/** The last segment of the name, shortened to what can be shown, with the extension of the content type. */
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
