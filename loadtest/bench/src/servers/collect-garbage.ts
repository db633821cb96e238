/**
 * Loaded before each server under measurement. On SIGUSR2 it collects garbage and returns empty pages to the system. So the
 * resident memory afterwards is what the connections hold, without what their sign-in left behind.
 */
import {setFlagsFromString} from 'node:v8';
import {runInNewContext} from 'node:vm';

type Collect = (options: {type: 'major'; execution: 'sync'; flavor: 'last-resort'}) => void;

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as Collect;
process.on('SIGUSR2', () => collect({type: 'major', execution: 'sync', flavor: 'last-resort'}));
