/** The origins of pages: how a list of allowed ones is written, and whether it names the origin of a page. */

/** Pages of these schemes send `Origin: null`, or none, so an entry with one would never match. */
const withoutOrigin = new Set([
  'about',
  'blob',
  'data',
  'file',
  'filesystem',
  'ftp',
  'javascript',
  'ws',
  'wss',
]);

/** An origin as an app's web view sends it, such as `capacitor://localhost`, `ionic://localhost` or `tauri://localhost`. */
const ofAnApp = /^([a-z][a-z\d+.-]*):\/\/[a-z\d](?:[a-z\d.-]*[a-z\d])?(?::\d{1,5})?$/;

const labels = /^[a-z\d_-]+(?:\.[a-z\d_-]+)*$/;

/** All subdomains of a domain, which itself has at least two labels. */
const ofSubdomains = /^(https?:\/\/)\*\.([^*.]+\.[^*]+)$/;

export const originRule =
  'must be an origin, such as https://shop.example or capacitor://localhost; https://*.shop.example stands for all subdomains';

/** Whether an entry of such a list could match a page. */
export function isOriginEntry(entry: string): boolean {
  const subdomains = ofSubdomains.exec(entry);
  if (subdomains) return isWebOrigin(`${subdomains[1]}${subdomains[2]}`);
  if (/^https?:/.test(entry)) return !entry.includes('*') && isWebOrigin(entry);
  const scheme = ofAnApp.exec(entry)?.[1];
  return scheme !== undefined && !withoutOrigin.has(scheme);
}

/** Whether the list names this origin. Origins are compared as text, since a browser spells each in only one way. */
export function includesOrigin(entries: readonly string[], origin: string): boolean {
  return entries.some((entry) => entry === origin || isSubdomain(entry, origin));
}

function isWebOrigin(text: string): boolean {
  return URL.parse(text)?.origin === text;
}

function isSubdomain(entry: string, origin: string): boolean {
  const [, scheme = '', domain = ''] = ofSubdomains.exec(entry) ?? [];
  if (domain === '' || !origin.startsWith(scheme) || !origin.endsWith(`.${domain}`)) return false;
  return labels.test(origin.slice(scheme.length, -domain.length - 1));
}
