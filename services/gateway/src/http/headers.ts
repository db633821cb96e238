/** The security and cache headers for browsers. */
import helmet from 'helmet';
import type {RequestHandler} from 'express';
import type {Config} from '../config.ts';

/** Permissions that a page could request, and Madang's pages never do. */
const permissions = [
  'camera',
  'display-capture',
  'geolocation',
  'microphone',
  'midi',
  'payment',
  'serial',
  'usb',
];

/** Madang's pages run only scripts from this origin, connect only to it, and cannot be framed. */
export function securityHeaders(config: Pick<Config, 'PUBLIC_URL'>): RequestHandler[] {
  const isHttps = config.PUBLIC_URL?.startsWith('https:') ?? false;
  const policies = helmet({
    contentSecurityPolicy: {
      useDefaults: false,
      directives: {
        defaultSrc: ["'self'"],
        scriptSrc: ["'self'"],
        styleSrc: ["'self'"],
        imgSrc: ["'self'", 'data:', 'blob:'],
        connectSrc: ["'self'"],
        objectSrc: ["'none'"],
        baseUri: ["'none'"],
        formAction: ["'self'"],
        frameAncestors: ["'none'"],
        // No string becomes a script, even through a mistake in this code or a library.
        requireTrustedTypesFor: ["'script'"],
        trustedTypes: ["'none'"],
      },
    },
    // Over plain http the header is ignored, and a cluster behind an unknown proxy must not pin its host to https.
    strictTransportSecurity: isHttps,
    // The same as frame-ancestors, for browsers that know only this header.
    xFrameOptions: {action: 'deny'},
  });
  return [policies, permissionsPolicy];
}

/** Answers of the API are valid for one moment and one caller. */
export const noStore: RequestHandler = (_req, res, next) => {
  res.setHeader('Cache-Control', 'no-store');
  next();
};

const permissionsPolicy: RequestHandler = (_req, res, next) => {
  res.setHeader('Permissions-Policy', permissions.map((name) => `${name}=()`).join(', '));
  next();
};
