import {grants, type Grant} from '@madang/protocol/policy';

/** A set of grants as one number, since a feed keeps it for each listener. */
export function grantBits(may: readonly Grant[]): number {
  return may.reduce((bits, each) => bits | (1 << grants.indexOf(each)), 0);
}
