/** The first version with sharded pub/sub, which the Socket.IO adapter uses. */
const oldest = {major: 7, minor: 0};

/** Throws an Error of one line when the answer to `INFO server` names a Redis version that is too old. */
export function requireVersion(info: string): void {
  const version = /redis_version:(\S+)/.exec(info)?.[1] ?? 'of unknown version';
  const [major = 0, minor = 0] = version.split('.').map(Number);
  if (major > oldest.major || (major === oldest.major && minor >= oldest.minor)) return;
  throw new Error(`Redis ${version} is too old: ${oldest.major}.${oldest.minor} or newer is needed`);
}
