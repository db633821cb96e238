import {createClient} from '@madang/client/client';
import type {OutboxState} from '@madang/client/client';

/** The path below which this client's pages are: empty, or one such as `/chat`. */
export const basePath = readMeta('madang-base') ?? '';

/** The cluster's address: where this page comes from, unless the page names another. */
const clusterUrl = (readMeta('madang-url') ?? location.origin + basePath).replace(/\/$/, '');

// Stored per tab and not per browser, because two tabs with one stored outbox would lose each other's messages. One host may
// have another cluster below another path.
const outboxKey = `madang.outbox${basePath}`;

/** The tab's only client. The module and not a component creates it, so that a tab has one socket. */
export const client = createClient({url: clusterUrl, outbox: storedOutbox()});

client.on('outbox', () => {
  const state = client.outbox.export();
  if (state.entries.length === 0) sessionStorage.removeItem(outboxKey);
  else sessionStorage.setItem(outboxKey, JSON.stringify(state));
});

/** Returns an address of the cluster, such as that of an attachment, for use in this page. */
export function clusterAddress(path: string): string {
  return clusterUrl + path;
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
