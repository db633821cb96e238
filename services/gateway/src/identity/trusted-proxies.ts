/**
 * What the trusted proxies report about a request or handshake. Each proxy appends the address that called it, so the
 * list is read from the right, as long as a trusted proxy wrote the entry. The client may have made up everything left
 * of that.
 */
import type {IncomingHttpHeaders} from 'node:http';
import {isIP} from 'node:net';
import ipaddr from 'ipaddr.js';
import proxyAddr from 'proxy-addr';

/** A request, or the part of it that a handshake keeps. */
export type Call = {headers: IncomingHttpHeaders; socket: {remoteAddress?: string | undefined}};

/** Whether the proxy with this address is trusted; `distance` is 0 for the peer, 1 for whom it names, and so on. */
export type Trust = {(address: string, distance: number): boolean; readonly list: readonly string[]};

const mostHops = 10;

/**
 * Reads a list of numbers, addresses, networks and names of networks (`loopback`, `linklocal`, `uniquelocal`). A number
 * trusts that many proxies in a row, whatever their addresses; further ones are trusted by address. Throws a TypeError
 * for anything else.
 */
export function compileTrust(list: readonly string[]): Trust {
  const hops = list.filter((item) => /^\d+$/.test(item)).map(Number);
  if (hops.length > 1) throw new TypeError('more than one number of proxies');
  const [count = 0] = hops;
  if (count > mostHops) throw new TypeError(`more than ${mostHops} proxies`);
  const isInNetwork = proxyAddr.compile(list.filter((item) => !/^\d+$/.test(item)));
  const trust = (address: string, distance: number) => distance < count || isInNetwork(address, distance);
  return Object.assign(trust, {list});
}

/**
 * The client's address: the first from the right that is not a trusted proxy, or the last entry that is an address.
 * Limits count by it. An IPv6 customer has at least a /64 network, so for IPv6 it is that network.
 */
export function addressOf(trust: Trust, call: Call): string {
  const address = chainOf(trust, call).findLast((each) => isIP(each) !== 0);
  return address === undefined ? '' : networkOf(address);
}

/** The host, with its port if any, that the client called, in lower case; undefined if it is malformed. */
export function hostOf(trust: Trust, call: Call): string | undefined {
  const host = trustedEntry(trust, call, 'x-forwarded-host') ?? call.headers.host;
  return host !== undefined && /^([a-z0-9._-]+|\[[0-9a-f:.]+\])(:\d{1,5})?$/i.test(host)
    ? host.toLowerCase()
    : undefined;
}

/** `http` or `https`, if a trusted proxy reports it. */
export function protocolOf(trust: Trust, call: Call): 'http' | 'https' | undefined {
  const protocol = trustedEntry(trust, call, 'x-forwarded-proto');
  return protocol === 'http' || protocol === 'https' ? protocol : undefined;
}

/** The peer, the address it names, and so on, up to and including the first that is not trusted. */
function chainOf(trust: Trust, {headers, socket}: Call): string[] {
  const named = entriesOf(headers['x-forwarded-for'])
    .map((entry) => withoutPort(entry) || 'unknown')
    .join(', ');
  const request = {headers: {'x-forwarded-for': named}, socket: {remoteAddress: socket.remoteAddress ?? ''}};
  return proxyAddr.all(request as never, trust);
}

/** If there are several entries, the one that the outermost trusted proxy wrote. */
function trustedEntry(trust: Trust, call: Call, header: string): string | undefined {
  const chain = chainOf(trust, call);
  const untrusted = chain.findIndex((address, distance) => !trust(address, distance));
  const proxies = untrusted === -1 ? chain.length : untrusted;
  const entries = entriesOf(call.headers[header]);
  return proxies === 0 ? undefined : entries[Math.max(0, entries.length - proxies)];
}

function entriesOf(header: string | string[] | undefined): string[] {
  return header === undefined
    ? []
    : String(header)
        .split(',')
        .map((entry) => entry.trim());
}

/** Some proxies append the port. */
function withoutPort(entry: string): string {
  return /^\[(.+)\](?::\d+)?$/.exec(entry)?.[1] ?? entry.replace(/^(\d+(?:\.\d+){3}):\d+$/, '$1');
}

function networkOf(address: string): string {
  const parsed = ipaddr.process(address.replace(/%.*/s, ''));
  if (!(parsed instanceof ipaddr.IPv6)) return parsed.toString();
  // IPv4 clients behind an IPv6 translator, who would otherwise share one /64.
  if (parsed.range() === 'rfc6052' || parsed.range() === 'rfc6145') {
    return parsed.toByteArray().slice(-4).join('.');
  }
  return `${ipaddr.IPv6.networkAddressFromCIDR(`${parsed.toString()}/64`).toString()}/64`;
}
