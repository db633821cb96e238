/**
 * Removes secrets and message texts from log lines, wherever they are: in a field, in the command of an ioredis error, or
 * in the middle of a message or a stack.
 */
import {pino} from 'pino';

export const redacted = '[redacted]';

/** Fields whose values identify a person's sign-in, or are texts that people wrote. */
const secretFields = new Set(
  [
    [
      'cookie',
      'cookies',
      'setcookie',
      'authorization',
      'proxyauthorization',
      'auth',
      'token',
      'ticket',
      'apikey',
    ],
    [
      'password',
      'passwordhash',
      'requirepass',
      'secret',
      'sessionsecret',
      'clientsecret',
      'sessionid',
      'sid',
    ],
    ['text', 'args', 'connectionstring', 'codeverifier'],
    // Postgres errors repeat the row in these fields, and Node errors repeat the URL that they could not parse.
    ['detail', 'where', 'input'],
  ].flat(),
);
/** Such fields in which calls carry other fields. Their content is checked field by field. */
const containers = new Set(['auth', 'input', 'password']);

const patterns: [RegExp, string][] = [
  // The password in an address, even with characters that should have been encoded.
  [/\b((?:postgres|postgresql|redis|rediss):\/\/)(?:\\.|[^\s"\\]){0,500}@/gi, `$1${redacted}@`],
  [/\b([a-z][a-z\d+.-]{0,20}:\/\/)[^\s/?#"\\@]{0,100}(?::[^\s"\\@]{0,500})?@/gi, `$1${redacted}@`],
  [/\b(?:mds|mdk|mdt)_[\w.%~+/=-]+/g, redacted],
  // A JWT, whose parts begin with a JSON object. The search begins only at the start of a word, so a long text is read
  // once.
  [/(?<![\w-])eyJ[\w-]+\.[\w-]+\.[\w-]*/g, redacted],
  // A session id, with or without its signature.
  [/[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}\.\d{1,10}\.[\w-]{32}(?:(?:\.|%2E)[\w%+/=-]+)?/gi, redacted],
  [/((?:__Host-)?madang(?:-\w+)?=)[^;\s"\\]+/g, `$1${redacted}`],
  [/\b(Bearer|Basic)\s+[\w.~+/=-]+/gi, `$1 ${redacted}`],
  [/\bAUTH(?:\s+[^\s"\\]+){1,2}/g, `AUTH ${redacted}`],
  [/\$argon2\w*\$[^\s"\\]+/g, redacted],
];

// Repetitions are bounded, so that a long text from outside takes time in proportion to its length.

/** Redacts the values of cookies whose names begin so (letters, digits, `-` and `_`), besides the default's. */
export function hideCookies(name: string): void {
  patterns.push([new RegExp(`(\\b(?:__Host-)?${name}(?:-\\w+)?=)[^;\\s"\\\\]+`, 'g'), `$1${redacted}`]);
}

const known = new Set<string>();
/** A shorter secret would match in the middle of harmless words. Its field name catches it instead. */
const shortestSecret = 6;

/** Redacts this text from now on, wherever it appears. */
export function hideSecret(secret: string): void {
  if (secret.length < shortestSecret) return;
  for (const form of [secret, encodeURIComponent(secret), JSON.stringify(secret).slice(1, -1)])
    known.add(form);
}

/** Returns a text, such as a line of JSON, without secrets. */
export function redact(text: string): string {
  let clean = text;
  for (const secret of known) clean = clean.replaceAll(secret, redacted);
  for (const [pattern, by] of patterns) clean = clean.replace(pattern, by);
  return clean;
}

const maxDepth = 12;

/** Returns fields as they may be logged: errors as objects, and no secret at any depth. */
export function redactFields(value: unknown, depth = 0, seen = new Set<object>()): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (seen.has(value) || depth > maxDepth) return '[…]';
  const inside = new Set([...seen, value]);
  if (Array.isArray(value)) return value.map((item) => redactFields(item, depth + 1, inside));
  if (value instanceof Error) return redactFields(pino.stdSerializers.err(value), depth + 1, inside);
  // Objects that define their own JSON, such as a date or a buffer, and objects that are no plain record.
  if ('toJSON' in value && typeof value.toJSON === 'function')
    return redactFields(value.toJSON(), depth + 1, inside);
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [
      key,
      isSecret(key, item) ? redacted : redactFields(item, depth + 1, inside),
    ]),
  );
}

function isSecret(key: string, item: unknown): boolean {
  const name = key.toLowerCase().replaceAll(/[-_]/g, '');
  if (!secretFields.has(name) || item === undefined || item === null || typeof item === 'boolean')
    return false;
  return !(containers.has(name) && typeof item === 'object' && !Array.isArray(item)) || name === 'password';
}
