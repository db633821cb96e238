/**
 * Loads the page again for as long as a script or style sheet that it names is missing: while a new version comes in, a page
 * of one node may ask another node, which has the files of another version. It has a lasting name, so every node has it.
 */
(() => {
  const key = 'madang.load-attempts';
  const longestMs = 5_000;
  /** Some five minutes; where a file is withheld for good, by a filter for instance, the page is let alone after that. */
  const mostAttempts = 60;
  let isMissing = false;
  /** What the page itself names, which is all there is before its first script runs. The scripts look after what they add. */
  let named;

  function noticeMissing({target}) {
    const isPart = target instanceof HTMLScriptElement || /preload|stylesheet/.test(target.rel);
    if (!isPart || isMissing || named?.has(target) === false) return;
    isMissing = true;
    const attempts = Number(sessionStorage.getItem(key) ?? 0);
    if (attempts >= mostAttempts) return;
    sessionStorage.setItem(key, String(attempts + 1));
    loadAgain(Math.min(500 * 2 ** attempts, longestMs));
  }

  /** Where no node would answer, the page stays and asks again: what a browser shows instead does not. */
  function loadAgain(afterMs) {
    setTimeout(async () => {
      const answer = await fetch(location.href, {cache: 'no-store'}).catch(() => undefined);
      if (answer && answer.status < 500) location.reload();
      else loadAgain(longestMs);
    }, afterMs);
  }

  addEventListener('error', noticeMissing, true);
  document.addEventListener('readystatechange', () => {
    named ??= new Set(document.querySelectorAll('script, link'));
  });
  // Not sooner: of a style sheet browsers may tell only when the scripts have run.
  addEventListener('load', () => {
    removeEventListener('error', noticeMissing, true);
    if (!isMissing) sessionStorage.removeItem(key);
  });
})();
