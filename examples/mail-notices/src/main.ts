/** Starts it. Each variable is explained in README.md. */
import {createServer} from '@madang/server';
import {createTransport} from 'nodemailer';
import {createNotices} from './notices.ts';

function need(name: string): string {
  const value = process.env[name];
  if (!value) throw new Error(`${name} is not set: see README.md`);
  return value;
}

const port = Number(process.env['PORT'] || 8091);
createNotices({
  server: createServer({url: need('MADANG_URL'), key: need('MADANG_KEY')}),
  transport: createTransport(need('SMTP_URL')),
  secret: need('MADANG_WEBHOOK_SECRET'),
  from: need('MAIL_FROM'),
  pageUrl: need('PAGE_URL'),
}).listen(port, () => console.log(`listening on port ${port}`));
