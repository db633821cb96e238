const key = 'madang.reloaded-at';
/** If a script is missing again within this time, it is missing in the newer version as well. */
const againAfterMs = 60_000;

const lost = new WeakSet<Error>();
addEventListener('vite:preloadError', ({payload}) => lost.add(payload));

/**
 * Reloads the page if a part failed because its script is gone: a newer version of this client has replaced it. Drafts and
 * unsent messages survive the reload. Returns whether it reloads: not if the last reload did not help, and not offline.
 */
export async function reloadOnce(error: Error): Promise<boolean> {
  if (!lost.has(error)) return false;
  const last = Number(sessionStorage.getItem(key) ?? 0);
  if (Date.now() - last < againAfterMs) return false;
  const answer = await fetch(location.href, {cache: 'no-store'});
  if (!answer.ok) return false;
  sessionStorage.setItem(key, String(Date.now()));
  location.reload();
  return true;
}
