import {Readable} from 'node:stream';
import {pipeline} from 'node:stream/promises';
import {fileURLToPath} from 'node:url';
import {WebhookError} from '@madang/server';
import express, {type Express, type NextFunction, type Request, type Response} from 'express';
import {accountOf, enter, openSession, type Account} from './accounts.ts';
import type {Bot} from './bot.ts';
import type {Desk} from './desk.ts';

export function createApp(desk: Desk, bot: Bot): Express {
  const app = express();
  app.use(express.static(fileURLToPath(new URL('../dist', import.meta.url)), {extensions: ['html']}));

  app.post('/webhook', express.raw({type: 'application/json'}), async (req, res) => {
    await bot.receive(req.headers, req.body as Buffer);
    res.sendStatus(204);
  });

  // A page of another site may send JSON only after a preflight, so it cannot use a visitor's cookie.
  app.post('/enter', express.json(), (req, res) => {
    const {name, password} = req.body as Record<string, unknown>;
    const isText = typeof name === 'string' && typeof password === 'string';
    if (!isText || !/^\S.{0,31}$/.test(name) || password.length < 8 || password.length > 128) {
      return void res.status(400).json({error: 'A name has 1 to 32 characters, a password 8 to 128.'});
    }
    const account = enter(name, password);
    if (!account) return void res.status(403).json({error: 'This is not the password of that name.'});
    res.cookie('desk', openSession(account.id), {httpOnly: true, sameSite: 'strict'});
    res.json({role: account.role});
  });

  app.get(
    '/token',
    asAccount,
    (_req, res) => void res.json({token: desk.tokenFor(me(res)), url: desk.chatUrl}),
  );
  app.post('/case', asAccount, async (_req, res) => {
    res.json({roomId: (await desk.openCase(me(res))).id});
  });
  app.get('/cases/:roomId/transcript', asAccount, asAgent, async (req, res) => {
    res.type('text').attachment('transcript.txt');
    await pipeline(Readable.from(desk.transcript(String(req.params['roomId']))), res);
  });
  app.delete('/customers/:id', asAccount, asAgent, async (req, res) => {
    await desk.deleteCustomer(String(req.params['id']));
    res.sendStatus(204);
  });
  app.use((error: Error, _req: Request, res: Response, next: NextFunction) => {
    if (res.headersSent) return next(error);
    const status = error instanceof WebhookError ? 400 : 503;
    if (status === 503) console.error(error);
    res.status(status).json({error: status === 400 ? error.message : 'Please try again in a moment.'});
  });
  return app;
}

const me = (res: Response) => res.locals['account'] as Account;

function asAccount(req: Request, res: Response, next: NextFunction): void {
  res.locals['account'] = accountOf(req.headers.cookie);
  if (me(res)) return next();
  res.status(401).json({error: 'Please enter first.'});
}

function asAgent(_req: Request, res: Response, next: NextFunction): void {
  if (me(res).role === 'agent') return next();
  res.status(403).json({error: 'Agents alone may do this.'});
}
