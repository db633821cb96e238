/**
 * Loaded before a server under measurement, whichever it is: SIGUSR2 collects its garbage and gives empty pages back,
 * so that what is resident afterwards is what its connections hold, and not what letting them in has left behind.
 */
import {setFlagsFromString} from 'node:v8';
import {runInNewContext} from 'node:vm';

type Collect = (options: {type: 'major'; execution: 'sync'; flavor: 'last-resort'}) => void;

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as Collect;
process.on('SIGUSR2', () => collect({type: 'major', execution: 'sync', flavor: 'last-resort'}));
