// What the watchdog of `children.ts` runs once the process that it watches has gone: end-leftovers.ts <runDir> [<directory to remove>]
import {rmSync} from 'node:fs';
import {endLeftovers} from './leftovers.ts';

const [runDir, removeAlso] = process.argv.slice(2);
if (runDir === undefined) throw new Error('usage: end-leftovers.ts <runDir> [<directory to remove>]');
await endLeftovers(runDir);
if (removeAlso !== undefined) rmSync(removeAlso, {recursive: true, force: true});
