/**
 * What the trusted proxies say about a request. Each of the `hops` proxies appends what it saw, so the entry that the
 * outermost of them wrote is the hops-th from the right; whatever stands left of it, the client may have made up.
 */
import type {IncomingHttpHeaders} from 'node:http';
import {isIP, isIPv6} from 'node:net';

/**
 * The client's address; the peer's where no proxy is trusted or the header is unusable. Limits count by it, and one
 * IPv6 customer has a /64 network at least, so of IPv6 it is that network.
 */
export function addressOf(hops: number, peer: string | undefined, headers: IncomingHttpHeaders): string {
  const forwarded = trustedEntry(hops, headers['x-forwarded-for']);
  const address = forwarded !== undefined && isIP(forwarded) ? forwarded : (peer ?? '');
  // IPv4 addresses of a dual-stack socket.
  const mapped = /^::ffff:(\d+\.[\d.]+)$/i.exec(address)?.[1];
  return mapped ?? (isIPv6(address) ? networkOf(address) : address);
}

function networkOf(address: string): string {
  // URLs spell an address in one way only.
  const [left = '', right] = (URL.parse(`http://[${address.replace(/%.*/, '')}]`)?.hostname ?? '')
    .slice(1, -1)
    .split('::');
  const [head, tail] = [left, right].map((part) => (part ? part.split(':') : []));
  const zeros = right === undefined ? 0 : 8 - head!.length - tail!.length;
  const groups = [...head!, ...Array<string>(zeros).fill('0'), ...tail!];
  return `${groups.slice(0, 4).join(':')}::/64`;
}

/** The host, with its port if any, under which the client called, in lower case; undefined if it is malformed. */
export function hostOf(hops: number, headers: IncomingHttpHeaders): string | undefined {
  const host = trustedEntry(hops, headers['x-forwarded-host']) ?? headers.host;
  return host !== undefined && /^([a-z0-9._-]+|\[[0-9a-f:.]+\])(:\d{1,5})?$/i.test(host)
    ? host.toLowerCase()
    : undefined;
}

/** `http` or `https`, where a trusted proxy tells. */
export function protocolOf(hops: number, headers: IncomingHttpHeaders): 'http' | 'https' | undefined {
  const protocol = trustedEntry(hops, headers['x-forwarded-proto']);
  return protocol === 'http' || protocol === 'https' ? protocol : undefined;
}

function trustedEntry(hops: number, header: string | string[] | undefined): string | undefined {
  if (hops === 0 || header === undefined) return undefined;
  const entries = String(header).split(',');
  return entries[Math.max(0, entries.length - hops)]?.trim();
}
