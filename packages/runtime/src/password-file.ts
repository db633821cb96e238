/** A password that may change while the process runs. */
import {readFileSync} from 'node:fs';
import {hideSecret} from './redaction.ts';

/** Reads the file again at each call. While it cannot be read, the last password holds. */
export function createPassword(
  atStart: string | undefined,
  file: string | undefined,
): () => string | undefined {
  let password = atStart;
  return () => {
    const found = file === undefined ? undefined : readPassword(file);
    if (found && found !== password) {
      hideSecret(found);
      password = found;
    }
    return password;
  };
}

function readPassword(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8').replace(/\r?\n$/, '');
  } catch {
    return undefined;
  }
}
