/**
 * Loaded before a server under measurement, whichever it is: SIGUSR2 collects its garbage, so that what is read
 * afterwards is what its connections hold.
 */
import {setFlagsFromString} from 'node:v8';
import {runInNewContext} from 'node:vm';

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;
process.on('SIGUSR2', () => collect());
