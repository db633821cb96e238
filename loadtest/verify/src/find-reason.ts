/** Returns why something cannot be done here, or undefined if it can. */
export function findReason(attempt: () => void): string | undefined {
  try {
    attempt();
    return undefined;
  } catch (error) {
    return (error as Error).message.split('\n')[0];
  }
}
