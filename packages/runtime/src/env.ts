import {readFileSync} from 'node:fs';
import {z} from 'zod';

type Environment = Record<string, string | undefined>;

/**
 * Reads a process's configuration from its environment; the schema's keys are the variables' names.
 *
 * Every fault is printed on a line of its own and the process exits with 1, before it has connected anywhere, so an
 * operator mends all of them in one go. A secret may come from a file: `SESSION_SECRET_FILE=/run/secrets/session`.
 */
export function parseEnv<S extends z.ZodObject>(schema: S, env: Environment): Readonly<z.output<S>> {
  const read = readEnv(schema, env);
  if ('config' in read) return read.config;
  for (const fault of read.faults) process.stderr.write(`configuration: ${fault}\n`);
  process.exit(1);
}

/** What `parseEnv` does, without printing and exiting. */
export function readEnv<S extends z.ZodObject>(
  schema: S,
  env: Environment,
): {config: Readonly<z.output<S>>} | {faults: string[]} {
  const faults: string[] = [];
  const values: Record<string, string> = {};
  for (const name of Object.keys(schema.shape)) {
    try {
      const value = readVariable(name, env);
      if (value !== undefined) values[name] = value;
    } catch (error) {
      faults.push((error as Error).message);
    }
  }

  const parsed = schema.safeParse(values);
  if (parsed.success && faults.length === 0) return {config: Object.freeze(parsed.data)};
  const fromFiles = new Set(faults.map((fault) => fault.split(/_FILE\b/)[0]));
  for (const issue of parsed.error?.issues ?? []) {
    const [name] = issue.path.map(String);
    if (name === undefined) faults.push(issue.message);
    else if (!fromFiles.has(name))
      faults.push(name in values ? `${name}: ${issue.message}` : `${name} is required`);
  }
  return {faults};
}

/** Empty counts as unset, since compose files and charts pass every variable they know. */
function readVariable(name: string, env: Environment): string | undefined {
  const value = env[name] || undefined;
  const file = env[`${name}_FILE`] || undefined;
  if (file === undefined) return value;
  if (value !== undefined) throw new Error(`${name}_FILE and ${name} are both set; keep one`);
  try {
    // Editors and `echo` end a file with a newline, which no secret contains.
    return readFileSync(file, 'utf8').replace(/\r?\n$/, '');
  } catch (error) {
    throw new Error(`${name}_FILE cannot be read: ${(error as Error).message}`);
  }
}

/** `a, b` as ['a', 'b']; unset is the empty list. */
export function commaList() {
  return z
    .string()
    .default('')
    .transform((text) =>
      text
        .split(',')
        .map((item) => item.trim())
        .filter(Boolean),
    );
}

export function flag(byDefault: boolean) {
  return z.stringbool({error: 'must be true or false'}).default(byDefault);
}

/** A TCP port; 0 takes any free one. */
export function port(byDefault: number) {
  return wholeNumber('must be a port', 65_535).default(byDefault);
}

export function milliseconds(byDefault: number) {
  return wholeNumber('must be milliseconds, a whole number', 2 ** 31 - 1).default(byDefault);
}

function wholeNumber(error: string, max: number) {
  return z
    .string()
    .regex(/^\d{1,10}$/, {error})
    .transform(Number)
    .pipe(z.number().max(max, {error}));
}
