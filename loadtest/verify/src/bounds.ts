/** Checks the memory and files of gateways: after all faults they may hold no more than a healthy gateway needs. */
import {readdirSync, readFileSync} from 'node:fs';
import type {GatewayProcess} from '@madang/testkit/cluster-processes';
import type {Violation} from './checker/violation.ts';

export type Holdings = {rssMiB: number; files: number};

/** Collected garbage is returned late. A leak exceeds this bound, and a normal heap does not. */
const moreMiB = 200;
const moreFiles = 40;

export function readHoldings(pid: number): Holdings {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  const rssKiB = Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1]);
  return {rssMiB: rssKiB / 1_024, files: readdirSync(`/proc/${pid}/fd`).length};
}

export function checkBounds(before: Holdings, gateways: GatewayProcess[]): Violation[] {
  return gateways.flatMap(({name, pid}) => {
    const now = readHoldings(pid);
    const isWithin = now.rssMiB <= before.rssMiB + moreMiB && now.files <= before.files + moreFiles;
    if (isWithin) return [];
    const what = `${name} holds ${describe(now)} at the end; at the beginning it held ${describe(before)}`;
    return [{invariant: 'bounds' as const, what, evidence: []}];
  });
}

function describe({rssMiB, files}: Holdings): string {
  return `${Math.round(rssMiB)} MiB and ${files} files`;
}
