/**
 * What a session must be set to: how values are written as text, and what a statement means. Fixed to what this code
 * relies on, whatever the settings of the server, the database or the role.
 */
const meanings = {
  datestyle: 'ISO, MDY',
  intervalstyle: 'postgres',
  timezone: 'UTC',
  timezone_abbreviations: 'Default',
  bytea_output: 'hex',
  extra_float_digits: '1',
  standard_conforming_strings: 'on',
  backslash_quote: 'safe_encoding',
  array_nulls: 'on',
  transform_null_equals: 'off',
  gin_fuzzy_search_limit: '0',
  default_transaction_isolation: 'read committed',
  lc_numeric: 'C',
  lc_time: 'C',
  lc_monetary: 'C',
};
// Statements here are short. With JIT compilation a message takes 16 ms instead of 0.7, and the first one on a
// connection 75 ms: the plans of store_messages look expensive, since they avoid what scales badly.
const withoutCompiling = {jit: 'off'};

/** The settings of every session. */
export function sessionSettings(schema: string | undefined): Record<string, string> {
  return {...meanings, ...withoutCompiling, ...(schema !== undefined && {search_path: schema})};
}

/** As the `options` of a connection, in which a space ends a value. */
export function asOptions(settings: Record<string, string>): string {
  return Object.entries(settings)
    .map(([name, value]) => `-c ${name}=${value.replaceAll(' ', '\\ ')}`)
    .join(' ');
}
