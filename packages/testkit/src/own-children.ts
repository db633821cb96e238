import {mkdtempSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {Children} from '@madang/processes/children';

/** Starts a folder and its processes, which never outlive the test process. */
export function beginChildren() {
  const dir = mkdtempSync(join(tmpdir(), 'madang-redis-'));
  const children = new Children(join(dir, 'run'), dir);
  return {
    dir,
    children,
    async close() {
      await children.close();
      rmSync(dir, {recursive: true, force: true});
    },
  };
}
