// Runs `npm test`, and the files that failed once more: a busy machine may fail a test by chance, and one such test must
// not hold back a change. What passes only the second time is named as flaky in the last lines, to be mended first.
import {spawnSync} from 'node:child_process';
import {mkdtempSync, readFileSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join, relative} from 'node:path';
import {fileURLToPath} from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
// More failures than these are no chance.
const maxRepeated = 5;

const first = run([]);
const failed = first.files.filter(({status}) => status !== 'passed').map(({name}) => relative(root, name));
const isRepeatable = first.status !== 0 && failed.length > 0 && failed.length <= maxRepeated;
if (isRepeatable) console.log(`\n== once more: ${failed.join(' ')}`);
const second = isRepeatable ? run(failed) : undefined;
const status = second ? second.status : first.status;

if (second && status === 0) for (const file of failed) console.log(`flaky: ${file}`);
const stillFailed = status === 0 ? 0 : Math.max(1, (second ?? first).failed);
console.log(`tests: ${first.passed + first.failed - stillFailed} passed, ${stillFailed} failed`);
process.exit(status);

/** One run of vitest, of all files or of those given, and what it says of each. */
function run(files) {
  const folder = mkdtempSync(join(tmpdir(), 'madang-tests-'));
  const report = join(folder, 'report.json');
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${report}`];
  const {status} = spawnSync('npm', ['test', '--', ...reporters, ...files], {cwd: root, stdio: 'inherit'});
  try {
    const {testResults, numPassedTests, numFailedTests} = JSON.parse(readFileSync(report, 'utf8'));
    return {status: status ?? 1, files: testResults, passed: numPassedTests, failed: numFailedTests};
  } catch {
    return {status: status || 1, files: [], passed: 0, failed: 0};
  } finally {
    rmSync(folder, {recursive: true, force: true});
  }
}
