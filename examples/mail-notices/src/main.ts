import {createServer} from '@madang/server';
import {createTransport} from 'nodemailer';
import {readConfig} from './config.ts';
import {createNotices} from './notices.ts';

const {url, key, smtpUrl, port, ...rest} = readConfig();
const notices = createNotices({
  ...rest,
  server: createServer({url, key}),
  transport: createTransport(smtpUrl),
  onFailure: (error) => process.stderr.write(`no mail yet: ${String(error)}\n`),
});
notices.listen(port, () => process.stdout.write(`listening on port ${port}\n`));
