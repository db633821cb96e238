/**
 * Decides to which addresses a call may go if other people choose the target: public ones, and those that the operator
 * allows.
 *
 * Public addresses are listed rather than excluded: in IPv6 only the global unicast space counts, without the parts that
 * lead to an IPv4 address or nowhere.
 */
import ipaddr from 'ipaddr.js';

type Network = [ipaddr.IPv4 | ipaddr.IPv6, number];

/** The networks of OUTBOUND_ALLOW. */
export type AllowedNetworks = {readonly list: readonly string[]; has(address: string): boolean};

const globalUnicast = ipaddr.IPv6.parseCIDR('2000::/3');

/** Reads addresses and networks such as `10.1.0.0/16`. Throws a TypeError for anything else. */
export function compileAllowed(list: readonly string[]): AllowedNetworks {
  const networks = list.map(readNetwork);
  return {
    list,
    has(address) {
      const parsed = parse(address);
      return parsed !== undefined && networks.some((network) => isIn(parsed, network));
    },
  };
}

/**
 * Returns false for an unreadable address, for one of this machine or its networks, and for every translated IPv4 address.
 */
export function isPublicAddress(address: string): boolean {
  const parsed = parse(address);
  if (parsed?.range() !== 'unicast') return false;
  return parsed.kind() === 'ipv4' || isIn(parsed, globalUnicast);
}

function readNetwork(text: string): Network {
  const address = parse(text);
  if (address) return [address, address.kind() === 'ipv4' ? 32 : 128];
  const prefix = text.slice(0, text.indexOf('/'));
  if (!parse(prefix) || !ipaddr.isValidCIDR(text)) throw new TypeError(`${text} is no address or network`);
  return ipaddr.parseCIDR(text) as Network;
}

function isIn(address: ipaddr.IPv4 | ipaddr.IPv6, [base, bits]: Network): boolean {
  return address.kind() === base.kind() && address.match([base, bits] as never);
}

/** Octal, hexadecimal and shortened forms do not count as addresses, because no name resolves to one. */
function parse(address: string): ipaddr.IPv4 | ipaddr.IPv6 | undefined {
  if (ipaddr.IPv4.isValidFourPartDecimal(address)) return ipaddr.IPv4.parse(address);
  return address.includes(':') && ipaddr.IPv6.isValid(address) ? ipaddr.IPv6.parse(address) : undefined;
}
