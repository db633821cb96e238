const key = 'madang.reloaded-at';
/** A script that is missing again so soon is missing in the newer version as well. */
const againAfterMs = 60_000;

const lost = new WeakSet<Error>();
addEventListener('vite:preloadError', ({payload}) => lost.add(payload));

/**
 * Loads the page again if a part broke since its script is not there any more: a newer version of this client removed it,
 * and has another one. Drafts and what waits to be sent survive that. Answers whether it does; where it has just been of
 * no help, and where no server would answer, it does not.
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
