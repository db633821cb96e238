/** The name's last part, as far as it can be shown, with the ending that the content has. */
export function nameFor(given: string, type: string): string {
  const base = /[^/\\]*$/.exec(given.toWellFormed().normalize('NFC'))?.[0] ?? '';
  const shown = base
    .replace(/\.[^.]*$/, '')
    .replaceAll(/[\p{Cc}\p{Cf}<>:"|?*]/gu, '')
    .replace(/^[.\s]+/, '')
    .slice(0, 80)
    .toWellFormed()
    .trim();
  return `${shown || 'image'}.${type.replace('image/', '').replace('jpeg', 'jpg')}`;
}
