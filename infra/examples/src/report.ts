import {execFile} from 'node:child_process';
import {mkdtemp, readFile, rm} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {promisify} from 'node:util';

export type Report = {passed: number; failed: number; output: string};

/** Runs tests by a command that passes its arguments on to vitest, and reads the results. */
export async function runTests(
  command: string,
  args: string[],
  options: {cwd: string; env: NodeJS.ProcessEnv},
): Promise<Report> {
  const folder = await mkdtemp(join(tmpdir(), 'madang-report-'));
  const file = join(folder, 'report.json');
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${file}`];
  try {
    const {stdout, stderr} = await promisify(execFile)(command, [...args, ...reporters], options).catch(
      (failure: {stdout: string; stderr: string}) => failure,
    );
    const {numPassedTests, numFailedTests, success} = JSON.parse(await readFile(file, 'utf8')) as {
      numPassedTests: number;
      numFailedTests: number;
      success: boolean;
    };
    // A file that does not load fails without a test.
    return {
      passed: numPassedTests,
      failed: success ? 0 : Math.max(1, numFailedTests),
      output: stdout + stderr,
    };
  } finally {
    await rm(folder, {recursive: true, force: true});
  }
}
