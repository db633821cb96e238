/** Marks a place in the code where a test lets the process die. */
export type CrashPoint = (name: string) => void;

/**
 * Lets a test end the process at a named place. SIGKILL ends it, as a power cut would, so that nothing is flushed or
 * closed. Real processes run without a name, and for them the points do nothing.
 */
export function createCrashPoints(crashAt: string | undefined): CrashPoint {
  if (crashAt === undefined) return () => {};
  return (name) => {
    if (name === crashAt) process.kill(process.pid, 'SIGKILL');
  };
}
