/**
 * Removes secrets and texts from log lines, wherever they are: in a field, in the command of an ioredis error, in the
 * middle of a message or a stack.
 */
import {pino} from 'pino';

export const redacted = '[redacted]';

/** Fields whose values identify a person's sign-in, or are what people wrote. */
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
    // Errors of Postgres repeat the row there, errors of Node the URL that they could not parse.
    ['detail', 'where', 'input'],
  ].flat(),
);
/** Fields of that kind in which calls carry others, so what is in them is looked at one by one. */
const containers = new Set(['auth', 'input', 'password']);

const patterns: [RegExp, string][] = [
  // The password of an address, also where it holds characters that should have been encoded.
  [/\b((?:postgres|postgresql|redis|rediss):\/\/)(?:\\.|[^\s"\\]){0,500}@/gi, `$1${redacted}@`],
  [/\b([a-z][a-z\d+.-]{0,20}:\/\/)[^\s/?#"\\@]{0,100}(?::[^\s"\\@]{0,500})?@/gi, `$1${redacted}@`],
  [/\b(?:mds|mdk|mdt)_[\w.%~+/=-]+/g, redacted],
  // A JWT, whose parts begin with a JSON object. It is looked for only where a word begins, so that a long one is read once.
  [/(?<![\w-])eyJ[\w-]+\.[\w-]+\.[\w-]*/g, redacted],
  // A session id, with or without its signature.
  [/[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}\.\d{1,10}\.[\w-]{32}(?:(?:\.|%2E)[\w%+/=-]+)?/gi, redacted],
  [/((?:__Host-)?madang(?:-\w+)?=)[^;\s"\\]+/g, `$1${redacted}`],
  [/\b(Bearer|Basic)\s+[\w.~+/=-]+/gi, `$1 ${redacted}`],
  [/\bAUTH(?:\s+[^\s"\\]+){1,2}/g, `AUTH ${redacted}`],
  [/\$argon2\w*\$[^\s"\\]+/g, redacted],
];

// Repetitions are bounded, so that a long text from outside costs time in proportion to its length.

const known = new Set<string>();
/** A shorter one would be found in the middle of innocent words; it is caught by where it stands. */
const shortestSecret = 6;

/** From now on this is redacted wherever it appears. */
export function hideSecret(secret: string): void {
  if (secret.length < shortestSecret) return;
  for (const form of [secret, encodeURIComponent(secret), JSON.stringify(secret).slice(1, -1)])
    known.add(form);
}

/** A text, such as a line of JSON, without what must not be read. */
export function redact(text: string): string {
  let clean = text;
  for (const secret of known) clean = clean.replaceAll(secret, redacted);
  for (const [pattern, by] of patterns) clean = clean.replace(pattern, by);
  return clean;
}

const maxDepth = 12;

/** Fields as they may be logged: errors as objects, and no secret at whatever depth. */
export function redactFields(value: unknown, depth = 0, seen = new Set<object>()): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (seen.has(value) || depth > maxDepth) return '[…]';
  const inside = new Set([...seen, value]);
  if (Array.isArray(value)) return value.map((item) => redactFields(item, depth + 1, inside));
  if (value instanceof Error) return redactFields(pino.stdSerializers.err(value), depth + 1, inside);
  // What knows how it is written, such as a date or a buffer, and what is no plain record.
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
