/** Runs every mutant in its own process, and reports which were caught. */
import {spawn} from 'node:child_process';
import {fileURLToPath} from 'node:url';
import {addFigures} from '../report/ledger.ts';
import {mutateFile} from './hunt.ts';
import {mutants} from './mutants.ts';

const main = fileURLToPath(new URL('../main.ts', import.meta.url));

/** Returns true when all were caught. */
export async function huntAll(say: (line: string) => void): Promise<boolean> {
  const startedAt = new Date().toISOString();
  const survivors: string[] = [];
  for (const {name, says} of mutants) {
    const isCaught = await huntOne(name);
    if (!isCaught) survivors.push(name);
    say(`${isCaught ? 'caught  ' : 'SURVIVED'} ${name}: ${says}`);
  }
  const caught = mutants.length - survivors.length;
  say(
    `verify: ${caught} of ${mutants.length} mutants caught${survivors.length ? `; not ${survivors.join(', ')}` : ''}`,
  );
  const isMet = survivors.length === 0;
  const here = `${caught} of ${mutants.length}`;
  addFigures(startedAt, 'mutants', [{what: 'mutants caught', goal: 'all', here, isMet}]);
  return isMet;
}

/** Loaded with the mutant, because some are bugs in the SDK. */
function huntOne(name: string): Promise<boolean> {
  const args = [`--import=file://${mutateFile}?${name}`, main, '--mutant', name];
  const child = spawn(process.execPath, args, {stdio: 'inherit'});
  return new Promise((resolve) => child.once('exit', (code) => resolve(code === 0)));
}
