type Page = {
  requestAnimationFrame?: (run: () => void) => unknown;
  document?: {visibilityState: string};
};

/** What a screen shows in a second, where nothing else says when it draws. */
const frameMs = 16;
/** A hidden page draws nothing and gets no frames; its title still counts what is unread. */
const hiddenMs = 250;

/** Runs something before the next frame is drawn; soon, where nothing is drawn. */
export function beforeNextFrame(run: () => void): void {
  const {requestAnimationFrame} = globalThis as Page;
  if (requestAnimationFrame === undefined) return void setTimeout(run, frameMs);
  let isDone = false;
  let timer: ReturnType<typeof setTimeout>;
  const runOnce = () => {
    clearTimeout(timer);
    if (isDone) return;
    isDone = true;
    run();
  };
  const runIfHidden = () => {
    // A visible page that is late has a frame to come: run now, it would be followed by a second run before that frame.
    const isVisible = (globalThis as Page).document?.visibilityState === 'visible';
    if (isVisible) timer = setTimeout(runIfHidden, hiddenMs);
    else runOnce();
  };
  timer = setTimeout(runIfHidden, hiddenMs);
  requestAnimationFrame(runOnce);
}
