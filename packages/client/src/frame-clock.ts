type Page = {
  requestAnimationFrame?: (run: () => void) => unknown;
  document?: {visibilityState: string};
};

/** The time between two frames, used where nothing else says when the screen is drawn. */
const frameMs = 16;
/** A hidden page draws nothing and gets no frames, but its title still shows how many messages are unread. */
const hiddenMs = 250;

/** Runs a function before the next frame is drawn, or soon if nothing is drawn. */
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
    // A late but visible page still gets its frame. Running now would cause a second run before that frame.
    const isVisible = (globalThis as Page).document?.visibilityState === 'visible';
    if (isVisible) timer = setTimeout(runIfHidden, hiddenMs);
    else runOnce();
  };
  timer = setTimeout(runIfHidden, hiddenMs);
  requestAnimationFrame(runOnce);
}
