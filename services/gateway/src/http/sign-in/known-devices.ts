/**
 * Cookies that identify an account's own devices while its password is being guessed from elsewhere.
 *
 * A device gets one when it signs in. The cookie is signed and names the accounts that signed in there. It is no
 * credential: with it a caller may try ten passwords of these accounts in fifteen minutes, however often others try in
 * that time.
 */
import type {IncomingHttpHeaders} from 'node:http';
import {parseCookie} from 'cookie';
import {sign, unsign} from 'cookie-signature';
import type {Response} from 'express';
import type {Config} from '../../config.ts';
import {sessionCookie} from '../../identity/session-cookie.ts';
import {newSecret} from '../../identity/session-ids.ts';

export type KnownDevice = {id: string; userIds: string[]};

const mostAccounts = 5;
const maxAgeMs = 180 * 24 * 3_600_000;

export function createKnownDevices(config: Config) {
  const {name: sessionName, flags} = sessionCookie(config);
  const name = `${sessionName}-device`;
  const [current = ''] = config.SESSION_SECRET;

  function read({cookie}: IncomingHttpHeaders): KnownDevice | undefined {
    const value = cookie && parseCookie(cookie)[name];
    if (!value) return undefined;
    for (const secret of config.SESSION_SECRET) {
      const content = unsign(value, secret);
      if (content === false) continue;
      const [kind, id, ...userIds] = content.split('.');
      // Session ids are signed with the same secrets and must not pass for one.
      if (kind === 'device' && id) return {id, userIds};
    }
    return undefined;
  }

  return {
    /** The device's id, if that account has signed in there. */
    idFor(headers: IncomingHttpHeaders, userId: string): string | undefined {
      const device = read(headers);
      return device?.userIds.includes(userId) ? device.id : undefined;
    },
    /** Makes the device that gets this answer a known device of the account. */
    remember(headers: IncomingHttpHeaders, res: Response, userId: string): void {
      const {id, userIds} = read(headers) ?? {id: newSecret(), userIds: []};
      const latest = [userId, ...userIds.filter((each) => each !== userId)].slice(0, mostAccounts);
      res.cookie(name, sign(['device', id, ...latest].join('.'), current), {...flags, maxAge: maxAgeMs});
    },
  };
}

export type KnownDevices = ReturnType<typeof createKnownDevices>;
