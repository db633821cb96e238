/**
 * Measures the cost of the pulses: those of a quiet node, and those of 50 nodes while messages are sent: node
 * loadtest/bench/src/pulses/main.ts [--seconds 60]
 */
import {mkdirSync, writeFileSync} from 'node:fs';
import {fileURLToPath} from 'node:url';
import {parseArgs} from 'node:util';
import {migrate} from '@madang/database/migrating/migrate';
import {startPrivatePostgres} from '@madang/testkit/private-postgres';
import {describeMachine} from '../machine.ts';
import {measureManyNodes} from './many-nodes.ts';
import {measureQuietNode} from './quiet-node.ts';
import {silent} from './stage.ts';

const {values} = parseArgs({options: {seconds: {type: 'string', default: '60'}}});
const resultsFolder = fileURLToPath(new URL('../../../results/', import.meta.url));
const postgres = await startPrivatePostgres();
try {
  await migrate(postgres.url, silent);
  const startedAt = new Date();
  const quiet = await measureQuietNode(postgres, {rooms: 60_000, pulses: 200});
  say('a quiet node, per pulse', quiet);
  const many = await measureManyNodes(postgres, {
    nodes: 50,
    sendsPerSecond: 1_000,
    seconds: Number(values.seconds),
  });
  say('many nodes', many);
  mkdirSync(resultsFolder, {recursive: true});
  const run = {startedAt, machine: describeMachine(), quiet, many};
  writeFileSync(`${resultsFolder}pulses.json`, `${JSON.stringify(run, null, 1)}\n`);
} finally {
  await postgres.close();
}

function say(what: string, result: object): void {
  process.stdout.write(`${what}: ${JSON.stringify(result, null, 1)}\n`);
}
