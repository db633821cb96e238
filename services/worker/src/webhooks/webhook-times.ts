/** The durations of an attempt and a lease, and of the waits between attempts. */
export const webhookTimes = {
  timeoutMs: 15_000,
  leaseMs: 30_000,
  firstRetryMs: 5_000,
  longestRetryMs: 3_600_000,
  disableMs: 72 * 3_600_000,
};
export type WebhookTimes = typeof webhookTimes;

/** Reads `leaseMs=4000,firstRetryMs=100`; other values keep their defaults. Throws what is wrong. */
export function readWebhookTimes(text: string): WebhookTimes {
  const given = text.split(',').map((part): [string, number] => {
    const [name = '', value = ''] = part.trim().split('=');
    if (!Object.hasOwn(webhookTimes, name) || !/^[1-9]\d{0,9}$/.test(value))
      throw new Error(
        `${part.trim()}: must be name=milliseconds; the names are ${Object.keys(webhookTimes).join(', ')}`,
      );
    return [name, Number(value)];
  });
  return {...webhookTimes, ...Object.fromEntries(given)};
}
