import {createClient} from '@madang/client/client';
import type {OutboxState} from '@madang/client/client';

/** The cluster's address: this page's own origin, unless the page names another. */
const clusterUrl = readMeta('madang-url') ?? location.origin;

// Stored per tab and not per browser, because two tabs with one stored outbox would lose each other's messages.
const outboxKey = 'madang.outbox';

/** The tab's only client. The module and not a component creates it, so that a tab has one socket. */
export const client = createClient({url: clusterUrl, outbox: storedOutbox()});

client.on('outbox', () => {
  const state = client.outbox.export();
  if (state.entries.length === 0) sessionStorage.removeItem(outboxKey);
  else sessionStorage.setItem(outboxKey, JSON.stringify(state));
});

/** Returns an address of the cluster, such as that of an attachment, for use in this page. */
export function clusterAddress(path: string): string {
  return new URL(path, clusterUrl).href;
}

function storedOutbox(): OutboxState | undefined {
  try {
    return JSON.parse(sessionStorage.getItem(outboxKey) ?? 'null') ?? undefined;
  } catch {
    return undefined;
  }
}

function readMeta(name: string): string | undefined {
  return document.querySelector<HTMLMetaElement>(`meta[name="${name}"]`)?.content || undefined;
}
