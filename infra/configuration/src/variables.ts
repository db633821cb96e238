/** Every variable of the installation, read from the schemas that the processes start with. */
import {schema as gateway} from '@madang/gateway/config';
import {schema as migrate} from '@madang/migrate/config';
import {schema as worker} from '@madang/worker/config';
import type {z} from 'zod';
import {fixed, schema as compose} from './compose.ts';

export const schemas: Record<string, z.ZodObject> = {gateway, worker, migrate, compose};

export type Variable = {
  name: string;
  readBy: string[];
  description: string;
  /** The value as one would write it; `required` and `random` are not values. */
  byDefault: string;
};

/**
 * In the order of the schemas. If several schemas read a variable, the first describes it. Switches for tests are left out.
 */
export function listVariables(): Variable[] {
  const found = new Map<string, Variable>();
  for (const [reader, schema] of Object.entries(schemas)) {
    for (const [name, field] of Object.entries(schema.shape)) {
      if ((field as z.ZodType).meta()?.forTests) continue;
      const known = found.get(name);
      if (known) known.readBy.push(reader);
      else found.set(name, {name, readBy: [reader], ...describe(field as z.ZodType)});
    }
  }
  return [...found.values()];
}

function describe(field: z.ZodType): Pick<Variable, 'description' | 'byDefault'> {
  const {description = '', byDefault} = field.meta() ?? {};
  if (typeof byDefault === 'string') return {description, byDefault};
  const absent = field.safeParse(undefined);
  return {description, byDefault: absent.success ? String(absent.data ?? '') : 'required'};
}

const intro = [
  'Written by `npm run config:doc` from the schemas that the processes start with.',
  '',
  'Every process reads its configuration from the environment, once, and names every fault before it connects anywhere:',
  '`node services/gateway/src/main.ts --check-config` does that alone, and with `--connect` it also tries Postgres and Redis.',
  'Empty counts as not set. Any of them may come from a file: `SESSION_SECRET_FILE=/run/secrets/session` in place of',
  '`SESSION_SECRET`. In the user name or password of an address write `#` as `%23`, `/` as `%2F`, `?` as `%3F`, `@` as `%40`',
  'and `%` as `%25`.',
];

/** Writes docs/configuration.md. */
export function renderTable(variables: Variable[]): string {
  const rows = variables.map(({name, byDefault, readBy, description}) => {
    const shown =
      byDefault === '' || ['required', 'random'].includes(byDefault) ? byDefault : `\`${byDefault}\``;
    return `| \`${name}\` | ${shown} | ${readBy.join(', ')} | ${description} |`;
  });
  const head = ['| variable | default | read by | what it is |', '|---|---|---|---|'];
  return `${['# Configuration', '', ...intro, '', ...head, ...rows].join('\n')}\n`;
}

/** Writes .env.example: the variables that docker compose takes from .env, each with its default, all commented out. */
export function renderExample(variables: Variable[]): string {
  const blocks = variables
    .filter(({name}) => !fixed.includes(name))
    .map(({name, byDefault, description}) => {
      const value = ['required', 'random'].includes(byDefault) ? '' : byDefault;
      return `# ${description}\n#${name}=${value}\n`;
    });
  const head = [
    '# For docker compose: copy to .env, or let infra/docker/init write one for production. Without it the stack is in',
    '# development mode. Written by `npm run config:doc`; docs/configuration.md has the same as a table.',
  ];
  return `${head.join('\n')}\n\n${blocks.join('\n')}`;
}
