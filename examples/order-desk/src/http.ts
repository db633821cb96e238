/** The desk's pages and calls. */
import {randomUUID} from 'node:crypto';
import type {Database} from './database.ts';
import type {Logger} from 'pino';
import express, {type Express, type NextFunction, type Request, type Response} from 'express';
import {z} from 'zod';
import {ServerError, type Server as Chat} from '@madang/server';
import type {Config} from './config.ts';
import {cookieName, readCookie, signCookie} from './cookie.ts';
import {acceptOrder, listOrders, placeOrder} from './orders.ts';
import type {Outbox} from './outbox.ts';
import {entryPage, ordersPage, style} from './pages.ts';
import {enter, findPerson, listShops, type Person} from './people.ts';
import {Refusal} from './refusal.ts';
import {createSignInLimits} from './sign-in-limits.ts';
import {languageOf} from './texts.ts';

export type DeskDeps = {
  db: Database;
  chat: Chat;
  outbox: Outbox;
  config: Config;
  script: string;
  log: Logger;
};

const text = (max: number) =>
  z
    .string()
    .trim()
    .min(1)
    .max(max)
    .refine((value) => value.isWellFormed() && !value.includes('\u0000'));
const entry = z.object({
  role: z.enum(['customer', 'shop']),
  name: text(32),
  password: z.string().min(8).max(128),
});
const orderInput = z.strictObject({id: z.uuid().optional(), shopId: z.uuid(), item: text(200)});
const orderId = z.uuid();

const isShown = (code: string) => code === 'wrong_password' || code === 'rate_limited' || code === 'invalid';

export function createApp({db, chat, outbox, config, script, log}: DeskDeps): Express {
  const app = express();
  const limits = createSignInLimits(db);
  app.set('trust proxy', config.TRUST_PROXY);
  app.disable('x-powered-by');
  app.use(headers(config));
  app.use(refuseOtherSites);
  app.use(express.json({limit: '16kb'}), express.urlencoded({limit: '16kb', extended: false}));

  async function personOf(req: Request): Promise<Person> {
    const id = readCookie(req.headers.cookie, config.DESK_SECRET);
    const person = id === undefined ? undefined : await findPerson(db, id);
    if (!person) throw new Refusal(401, 'unauthenticated');
    return person;
  }
  const languageIn = (req: Request) => languageOf(req.headers['accept-language']);

  app.get('/livez', (_req, res) => void res.sendStatus(200));
  app.get('/style.css', (_req, res) => void res.type('css').send(style));
  app.get('/page.js', (_req, res) => void res.type('js').send(script));
  app.get('/', async (req, res) => {
    const person = await personOf(req).catch((error: unknown) => {
      if (error instanceof Refusal) return undefined;
      throw error;
    });
    res.type('html').send(person ? ordersPage(languageIn(req), person.role) : entryPage(languageIn(req)));
  });
  app.post('/enter', async (req, res) => {
    try {
      const input = parse(entry, req.body);
      const tried = {address: req.ip ?? '', account: `${input.role} ${input.name}`};
      const person = await limits.around(tried, () => enter(db, chat, input));
      res.cookie(cookieName, signCookie(person.id, config.DESK_SECRET), {
        httpOnly: true,
        secure: req.secure,
        sameSite: 'lax',
        path: '/',
      });
      res.redirect(303, '/');
    } catch (error) {
      if (!(error instanceof Refusal || error instanceof ServerError)) throw error;
      const {code} = error;
      const problem = isShown(code) ? code : 'failed';
      if (problem === 'rate_limited')
        res.set('retry-after', String(Math.ceil((error.retryAfterMs ?? 60_000) / 1_000)));
      res.status({wrong_password: 403, rate_limited: 429, invalid: 400, failed: 503}[problem]).type('html');
      res.send(entryPage(languageIn(req), problem));
    }
  });
  app.post('/leave', (_req, res) => {
    res.clearCookie(cookieName, {httpOnly: true, sameSite: 'lax', path: '/'});
    res.redirect(303, '/');
  });

  app.post('/session', async (req, res) => {
    const {chatUserId, role, name} = await personOf(req);
    const [ticket, shops] = await Promise.all([chat.createTicket(chatUserId), listShops(db)]);
    const {origin: url} = new URL(config.MADANG_URL);
    res.json({person: {role, name}, shops: role === 'customer' ? shops : [], chat: {url, ticket}});
  });
  app.get('/orders.json', async (req, res) => {
    res.json({orders: await listOrders(db, await personOf(req))});
  });
  app.post('/orders', async (req, res) => {
    const person = await personOf(req);
    const {id = randomUUID(), ...input} = parse(orderInput, req.body);
    const order = await placeOrder(db, person, {id, ...input});
    outbox.wake();
    res.status(201).json({order});
  });
  app.patch('/orders/:id/accept', async (req, res) => {
    const person = await personOf(req);
    const order = await acceptOrder(db, person, parse(orderId, req.params['id']));
    outbox.wake();
    res.json({order});
  });

  app.use((_req: Request, _res: Response) => {
    throw new Refusal(404, 'not_found');
  });
  app.use((error: unknown, _req: Request, res: Response, next: NextFunction) => {
    if (res.headersSent) return next(error);
    const refusal = refusalOf(error, log);
    res.status(refusal.status).json({error: {code: refusal.code}});
  });
  return app;
}

function headers({MADANG_URL}: Config) {
  const {origin, host, protocol} = new URL(MADANG_URL);
  const socket = `${protocol === 'https:' ? 'wss' : 'ws'}://${host}`;
  const policy = [
    "default-src 'none'; script-src 'self'; style-src 'self'; base-uri 'none'; frame-ancestors 'none'",
    `form-action 'self'; connect-src 'self' ${origin} ${socket}`,
  ].join('; ');
  return (_req: Request, res: Response, next: NextFunction) => {
    res.set({
      'content-security-policy': policy,
      'x-content-type-options': 'nosniff',
      // Not no-referrer, with which a browser would send its forms with the Origin `null`.
      'referrer-policy': 'same-origin',
      'cache-control': 'no-store',
    });
    next();
  };
}

/** Browsers name the page that sends a request. Scripts outside browsers send no Origin, and have nobody's cookie. */
function refuseOtherSites(req: Request, _res: Response, next: NextFunction): void {
  const {origin} = req.headers;
  // The host that the browser asked for, which a trusted proxy passes on.
  if (req.method !== 'GET' && origin !== undefined && !isHere(origin, req.host)) {
    throw new Refusal(403, 'forbidden');
  }
  next();
}

/** A sandboxed page sends `null`, which is not an address and belongs to nobody. */
function isHere(origin: string, host: string | undefined): boolean {
  return URL.canParse(origin) && new URL(origin).host === host;
}

function parse<Schema extends z.ZodType>(schema: Schema, value: unknown): z.output<Schema> {
  const result = schema.safeParse(value);
  if (!result.success) throw new Refusal(400, 'invalid');
  return result.data;
}

function refusalOf(error: unknown, log: Logger): Refusal {
  if (error instanceof Refusal) return error;
  const status = (error as {status?: unknown}).status;
  if (typeof status === 'number' && status >= 400 && status < 500) return new Refusal(status, 'invalid');
  log.warn({err: error}, 'call failed');
  return new Refusal(503, 'unavailable');
}
