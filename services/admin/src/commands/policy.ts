import {readFile} from 'node:fs/promises';
import {text as readAll} from 'node:stream/consumers';
import type {Database} from '@madang/database/connections/pool';
import {setPolicy} from '@madang/database/operator/policies';
import {findTenant, type Tenant} from '@madang/database/operator/tenants';
import {ChatError} from '@madang/protocol/errors';
import {policy as policySchema, policyFaults, type Policy} from '@madang/protocol/policy';
import {policyChanges} from '@madang/protocol/policy-changes';
import {presetPolicy, type PresetName} from '@madang/protocol/policy-presets';
import type {Command} from 'commander';
import {presetOption, tenantNamed} from '../arguments.ts';
import {action} from '../run.ts';

/** The format of a policy file: the document with its version, as `policy get` prints it. */
type Document = {policy: Policy; version?: number | undefined};

export function addPolicyCommands(program: Command): void {
  const policy = program.command('policy').description('the rules of a product: one JSON document');

  policy
    .command('get')
    .description('print the document, with its version')
    .argument('<tenant>')
    .action(
      action(async (db, _config, name: string) => {
        const tenant = await tenantWithPolicy(db, name);
        const data = {version: tenant.policyVersion, ...tenant.policy};
        return {done: JSON.stringify(data, null, 2), data};
      }),
    );

  policy
    .command('diff')
    .description('show what a document would change')
    .argument('<tenant>')
    .argument('<file>', 'a JSON file, or - for the standard input')
    .action(
      action(async (db, _config, name: string, file: string) => {
        const before = await tenantWithPolicy(db, name);
        const {policy: after} = await readDocument(file);
        return {rows: policyChanges(before.policy, after), columns: ['path', 'before', 'after']};
      }),
    );

  policy
    .command('set')
    .description('replace the document; its version must be the current one')
    .argument('<tenant>')
    .argument('[file]', 'a JSON file, or - for the standard input')
    .addOption(presetOption())
    .action(
      action(async (db, _config, name: string, file: string | undefined, {preset}: {preset?: PresetName}) => {
        const before = await tenantWithPolicy(db, name);
        const {policy: after, version} = await chosen(file, preset, name);
        const changes = policyChanges(before.policy, after);
        const paths = changes.map(({path}) => path);
        const stored = await setPolicy(db, {tenantId: before.id, policy: after, version, changes: paths});
        const done = `Set the policy of ${name}: version ${stored.version}, ${paths.join(', ') || 'nothing changed'}.`;
        return {done, data: {...stored, changes}};
      }),
    );
}

/** A preset replaces any policy; a document replaces only the version from which it was made. */
async function chosen(
  file: string | undefined,
  preset: PresetName | undefined,
  name: string,
): Promise<Document> {
  if ((file === undefined) === (preset === undefined))
    throw new ChatError('invalid', {message: 'Name a file or a preset.'});
  if (preset !== undefined) return {policy: presetPolicy(preset, name)};
  const document = await readDocument(file!);
  if (document.version !== undefined) return document;
  throw new ChatError('invalid', {
    message: 'version: the document must contain the version it was made from.',
  });
}

async function readDocument(file: string): Promise<Document> {
  const {version, ...given} = parseJson(file === '-' ? await readAll(process.stdin) : await readText(file));
  if (version !== undefined && !Number.isSafeInteger(version))
    throw new ChatError('invalid', {message: 'version: must be a whole number.'});
  const {success, data, error} = policySchema.safeParse(given);
  if (!success) throw new ChatError('invalid', {details: {issues: policyFaults(error)}});
  return {policy: data, version: version as number | undefined};
}

async function readText(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    throw new ChatError('invalid', {message: `The file cannot be read: ${(error as Error).message}`});
  }
}

function parseJson(content: string): Record<string, unknown> {
  try {
    const parsed: unknown = JSON.parse(content);
    if (typeof parsed === 'object' && parsed !== null && !Array.isArray(parsed))
      return parsed as Record<string, unknown>;
  } catch {
    // Reported below.
  }
  throw new ChatError('invalid', {message: 'The document is no JSON object.'});
}

async function tenantWithPolicy(db: Database, name: string): Promise<Tenant> {
  const {id} = await tenantNamed(db, name);
  return (await findTenant(db, id))!;
}
