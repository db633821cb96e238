/**
 * Reloads the page while a script or style sheet that it names is missing. During an upgrade, a page of one node may ask
 * another node, which has the files of another version. This script has a fixed name, so every node has it.
 */
(() => {
  const key = 'madang.load-attempts';
  const longestMs = 5_000;
  /**
   * About five minutes. If a file stays missing for good, for example because of a filter, the page is left alone after
   * that.
   */
  const mostAttempts = 60;
  let isMissing = false;
  /**
   * The files that the page itself names, which are all before its first script runs. The scripts handle those that they
   * add.
   */
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

  /** If no node answers, this page stays and asks again. The browser's error page would not. */
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
  // Not earlier, because browsers may report a missing style sheet only when the scripts have run.
  addEventListener('load', () => {
    removeEventListener('error', noticeMissing, true);
    if (!isMissing) sessionStorage.removeItem(key);
  });
})();
