import {execFileSync} from 'node:child_process';
import {existsSync} from 'node:fs';
import {fileURLToPath} from 'node:url';
import {findProgram} from '@madang/processes/install';

/** The version that runs the scenarios; `npm run load:setup` builds it. */
export const k6Version = 'v1.8.1';
export const ownFolder = fileURLToPath(new URL('../../../.madang/bin', import.meta.url));

/** Returns our own k6, else one in the PATH that is new enough to run TypeScript and `k6/websockets`, else undefined. */
export function findK6(): string | undefined {
  const candidates = [`${ownFolder}/k6`, findProgram('k6')];
  return candidates.find((path) => path !== undefined && existsSync(path) && isNewEnough(path));
}

function isNewEnough(path: string): boolean {
  try {
    const text = execFileSync(path, ['version'], {encoding: 'utf8', stdio: 'pipe'});
    const [, major, minor] = /k6(?:\.exe)? v(\d+)\.(\d+)/.exec(text) ?? [];
    return Number(major) > 1 || (Number(major) === 1 && Number(minor) >= 8);
  } catch {
    return false;
  }
}
