import {readFileSync, rmSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {Fatal} from '@madang/processes/fatal';
import {identifyProcess} from '@madang/processes/process-identity';

/**
 * Makes this process the only one that runs a cluster in this folder, or throws one line that names the other. It takes
 * over the note of a crashed process. Returns a function that removes the note.
 */
export function claimFolder(runDir: string): () => void {
  const file = join(runDir, 'supervisor.json');
  const note = JSON.stringify({pid: process.pid, identity: identifyProcess(process.pid)});
  for (let attempt = 0; attempt < 3; attempt++) {
    try {
      writeFileSync(file, note, {flag: 'wx'});
      return () => rmSync(file, {force: true});
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
    const other = read(file);
    if (other && identifyProcess(other.pid) === other.identity) {
      throw new Fatal(
        `this clone's cluster runs already (pid ${other.pid}); another one needs a clone of its own`,
      );
    }
    rmSync(file, {force: true});
  }
  throw new Fatal(`${file} is in use`);
}

function read(file: string): {pid: number; identity: string} | undefined {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as {pid: number; identity: string};
  } catch {
    return undefined;
  }
}
