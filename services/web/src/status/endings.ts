/** When a status ends: not by itself, at the time that it has, or after a while. */
export const endings = ['never', 'kept', 'half', 'hour', 'today', 'tomorrow'] as const;
export type Ending = (typeof endings)[number];

/** People begin their day by this hour. */
const morning = 9;

/** Returns when something ends that begins now; undefined for never. */
export function endOf(ending: Exclude<Ending, 'kept'>, now = new Date()): Date | undefined {
  const on = (days: number, hour: number) =>
    new Date(now.getFullYear(), now.getMonth(), now.getDate() + days, hour);
  switch (ending) {
    case 'never':
      return undefined;
    case 'half':
      return new Date(now.getTime() + 30 * 60_000);
    case 'hour':
      return new Date(now.getTime() + 60 * 60_000);
    case 'today':
      return on(1, 0);
    case 'tomorrow':
      return on(1, morning);
  }
}
