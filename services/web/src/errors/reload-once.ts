/**
 * A script that is not there any more was removed by a newer version of this client, which a reload brings. Drafts and
 * what waits to be sent survive it.
 */
const key = 'madang.reloaded-at';
/** A script that is missing again so soon is missing in the newer version as well. */
const againAfterMs = 60_000;

addEventListener('vite:preloadError', () => void reload());

async function reload(): Promise<void> {
  const last = Number(sessionStorage.getItem(key) ?? 0);
  if (Date.now() - last < againAfterMs) return;
  // Without a server a reload would leave nothing at all.
  const answer = await fetch(location.href, {cache: 'no-store'}).catch(() => undefined);
  if (answer?.ok !== true) return;
  sessionStorage.setItem(key, String(Date.now()));
  location.reload();
}
