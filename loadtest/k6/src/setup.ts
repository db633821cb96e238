// `npm run load:setup`: builds k6 if it is not installed. It takes about 90 s, once.
import {spawnSync} from 'node:child_process';
import {findProgram} from '@madang/processes/install';
import {findK6, k6Version, ownFolder} from './find-k6.ts';

const found = findK6();
if (found) console.log(`k6 is installed: ${found}`);
else process.exitCode = install();

function install(): number {
  const go = findProgram('go');
  if (!go) {
    console.error(
      `k6 is built with Go (1.25 or newer): install Go from https://go.dev/dl, or k6 ${k6Version} itself from https://k6.io`,
    );
    return 1;
  }
  console.log(`building k6 ${k6Version} with ${go}; this takes about 90 s`);
  const env = {...process.env, GOBIN: ownFolder};
  const {status} = spawnSync(go, ['install', `go.k6.io/k6@${k6Version}`], {env, stdio: 'inherit'});
  if (status !== 0 || !findK6()) {
    console.error('k6 could not be built; the reason is above');
    return 1;
  }
  console.log(`ready: ${ownFolder}/k6`);
  return 0;
}
