// The watchdog of `children.ts` runs this once the watched process has ended: end-leftovers.ts <runDir> [<directory to
// remove>]
import {rmSync} from 'node:fs';
import {endLeftovers} from './leftovers.ts';

const [runDir, removeAlso] = process.argv.slice(2);
if (runDir === undefined) throw new Error('usage: end-leftovers.ts <runDir> [<directory to remove>]');
await endLeftovers(runDir);
if (removeAlso !== undefined) rmSync(removeAlso, {recursive: true, force: true});
