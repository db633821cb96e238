import {execFile} from 'node:child_process';
import {mkdtemp, rm, writeFile} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {promisify} from 'node:util';
import {expect, onTestFinished, test} from 'vitest';
import {operations} from '../operations.ts';
import {asyncapiDocument} from './asyncapi.ts';
import {openapiDocument} from './openapi.ts';

const root = join(import.meta.dirname, '../../../..');
const command = join(root, 'node_modules/@redocly/cli/bin/cli.js');
/** Keeps redocly from looking for a newer version and from sending telemetry. */
const env = {...process.env, REDOCLY_TELEMETRY: 'off', REDOCLY_SUPPRESS_UPDATE_NOTICE: 'true'};

/** Returns redocly's problems with a document, one per line. */
async function lint(document: object): Promise<string[]> {
  const folder = await mkdtemp(join(tmpdir(), 'madang-lint-'));
  onTestFinished(() => rm(folder, {recursive: true}));
  const file = join(folder, 'document.json');
  await writeFile(file, JSON.stringify(document));
  const args = [command, 'lint', file, '--config', join(root, 'redocly.yaml'), '--format', 'json'];
  const {stdout} = await promisify(execFile)(process.execPath, args, {env}).catch(
    (failed: {stdout: string}) => failed,
  );
  const {problems} = JSON.parse(stdout) as {problems: Problem[]};
  return problems.map(({severity, ruleId, message, location}) =>
    [severity, ruleId, message, location[0]?.pointer].join(' '),
  );
}

type Problem = {severity: string; ruleId: string; message: string; location: {pointer?: string}[]};

test.each([
  ['OpenAPI', openapiDocument(operations)],
  ['AsyncAPI', asyncapiDocument(operations)],
])(
  'redocly finds neither an error nor a warning in the %s document',
  {timeout: 60_000},
  async (_name, document) => {
    expect(await lint(document)).toEqual([]);
  },
);

test('redocly finds what is wrong with a document', {timeout: 60_000}, async () => {
  const document = {...openapiDocument(operations), security: [{unheardOf: []}]};

  expect(await lint(document)).toContainEqual(expect.stringContaining('security-defined'));
});
