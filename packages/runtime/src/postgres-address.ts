/** What an address of Postgres says: servers, user, database and TLS, with the options of libpq that Madang knows. */
import {readFileSync} from 'node:fs';
import {badlyEncoded, decoded} from './address-encoding.ts';

export type PostgresHost = {host: string; port: number};

export type PostgresAddress = {
  /** In the order in which they are tried. A host that begins with / is a folder with a Unix socket. */
  hosts: PostgresHost[];
  user: string | undefined;
  password: string | undefined;
  database: string | undefined;
  tls: PostgresTls | undefined;
};

export type PostgresTls = {
  /** `require` encrypts, `verify-ca` also trusts an authority alone, `verify-full` checks the name as well. */
  mode: 'require' | 'verify-ca' | 'verify-full';
  ca?: string;
  cert?: string;
  key?: string;
};

const shape = /^postgres(?:ql)?:\/\/(?:([^/?#]*)@)?([^/?#@]*)(?:\/([^?#@]*))?(?:\?([^#@]*))?$/;
const hostShape = /^(?:\[([\da-f:.]+)\]|([^[\]:,]+))?(?::(\d{1,5}))?$/i;
const options = ['host', 'port', 'sslmode', 'sslrootcert', 'sslcert', 'sslkey', 'target_session_attrs'];
const defaultPort = 5432;

/** Throws an Error of one line, without the address. */
export function readPostgresAddress(url: string): PostgresAddress {
  const [, login = '', places = '', path = '', query = ''] = shape.exec(url) ?? refuse(badlyEncoded);
  const [user = '', ...rest] = login.split(':');
  const given = readOptions(query);
  return {
    hosts: readHosts(given.get('host') ?? places, given.get('port')),
    user: read(user),
    password: read(rest.join(':')),
    database: read(path),
    tls: readTls(given),
  };
}

/** The same address with another login. */
export function withLogin(url: string, {user, password}: {user: string; password: string}): string {
  const login = `${encodeURIComponent(user)}:${encodeURIComponent(password)}`;
  return url.replace(/:\/\/(?:[^/?#]*@)?/, `://${login}@`);
}

function readOptions(query: string): Map<string, string> {
  const given = new Map(new URLSearchParams(query));
  for (const name of given.keys()) {
    if (!options.includes(name))
      refuse(
        `knows no option ${/^\w{1,40}$/.test(name) ? name : 'of that name'}, only ${options.join(', ')}`,
      );
  }
  const target = given.get('target_session_attrs') ?? 'read-write';
  if (!['read-write', 'primary'].includes(target))
    refuse('target_session_attrs can only be read-write: every connection writes');
  return given;
}

function readHosts(places: string, port: string | undefined): PostgresHost[] {
  return places.split(',').map((place) => {
    if (place.startsWith('/')) return {host: place, port: Number(port ?? defaultPort)};
    const [, v6, name, ownPort] = hostShape.exec(place) ?? refuse(badlyEncoded);
    const number = Number(ownPort ?? port ?? defaultPort);
    if (!(number < 65_536)) refuse(badlyEncoded);
    return {host: v6 ?? read(name ?? '') ?? 'localhost', port: number};
  });
}

function readTls(given: Map<string, string>): PostgresTls | undefined {
  const [root, cert, key] = [given.get('sslrootcert'), given.get('sslcert'), given.get('sslkey')];
  const mode = given.get('sslmode') ?? (root === undefined ? 'disable' : 'verify-full');
  if (mode === 'disable') {
    if (root ?? cert ?? key) refuse('sslmode=disable contradicts sslrootcert, sslcert and sslkey');
    return undefined;
  }
  if (mode !== 'require' && mode !== 'verify-ca' && mode !== 'verify-full')
    return refuse('sslmode must be disable, require, verify-ca or verify-full');
  if (mode === 'verify-ca' && root === undefined) refuse('sslmode=verify-ca needs sslrootcert');
  if ((cert === undefined) !== (key === undefined)) refuse('sslcert and sslkey: give both, or neither');
  return {
    // As libpq has it: an authority that is named is checked.
    mode: mode === 'require' && root !== undefined ? 'verify-ca' : mode,
    ...(root !== undefined && root !== 'system' && {ca: readFile('sslrootcert', root)}),
    ...(cert !== undefined && {cert: readFile('sslcert', cert)}),
    ...(key !== undefined && {key: readFile('sslkey', key)}),
  };
}

function readFile(option: string, path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    return refuse(`${option} cannot be read: ${(error as NodeJS.ErrnoException).code}`);
  }
}

/** An empty part is none. */
function read(text: string): string | undefined {
  const value = decoded(text);
  return value === undefined ? refuse(badlyEncoded) : value || undefined;
}

function refuse(fault: string): never {
  throw new Error(fault);
}
