/**
 * Serves the built web client, which needs neither Postgres nor Redis: the page itself says when they are away.
 *
 * A build has an index.html, files under assets/ with a hash of their content in their names, and pages.json: the paths
 * of its pages, such as `/rooms/:roomId`. Any other path is answered 404.
 */
import {createHash} from 'node:crypto';
import {existsSync, readFileSync} from 'node:fs';
import {extname, join} from 'node:path';
import compression from 'compression';
import express, {Router, type RequestHandler} from 'express';
import {z} from 'zod';

const year = 31_536_000_000;
/** Paths that are not pages. A program that asks for them must not get a page. */
const notPages = /^\/(?:api|auth|socket\.io)(?:\/|$)/;

/** The routes of the client built in `dir`, as it is now, for the path below which people reach it; none if nothing was built. */
export function webClient(dir: string, base: string): Router {
  const router = Router({strict: true});
  if (!existsSync(join(dir, 'index.html'))) return router;
  const page = pageOf(join(dir, 'index.html'), base);
  const pages = readPages(join(dir, 'pages.json'));
  const served = {index: false, redirect: false} as const;

  router.use(compression());
  router.use('/assets', express.static(join(dir, 'assets'), {...served, immutable: true, maxAge: year}));
  if (pages) router.get(pages, page);
  router.use(
    express.static(dir, {...served, setHeaders: (res) => res.setHeader('Cache-Control', 'no-cache')}),
  );
  router.get('/{*address}', (req, res, next) => {
    if (notPages.test(req.path) || extname(req.path) !== '' || !req.accepts('html')) return next();
    if (pages) res.status(404);
    page(req, res, next);
  });
  return router;
}

/** The only page, under every address. Its tag depends on the content: two builds may have equal size and time. */
function pageOf(file: string, base: string): RequestHandler {
  const html = below(base, readFileSync(file, 'utf8'));
  const tag = `"${createHash('sha256').update(html).digest('base64url')}"`;
  return (_req, res) => {
    res.setHeader('Cache-Control', 'no-cache');
    res.setHeader('ETag', tag);
    res.type('html').send(html);
  };
}

/** The page names its files by their paths on the host, and tells its script the base in a `meta` that is empty otherwise. */
function below(base: string, html: string): string {
  if (base === '') return html;
  return html
    .replaceAll(/\b(src|href)="\/(?!\/)/g, `$1="${base}/`)
    .replace(/(<meta name="madang-base" content=")"/, `$1${base}"`);
}

function readPages(file: string): string[] | undefined {
  if (!existsSync(file)) return undefined;
  return z.array(z.string().startsWith('/')).parse(JSON.parse(readFileSync(file, 'utf8')));
}
