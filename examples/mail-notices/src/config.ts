/** The variables that README.md describes, read once. */
function need(name: string): string {
  const value = process.env[name];
  if (!value) throw new Error(`${name} is not set: see README.md`);
  return value;
}

export function readConfig() {
  return {
    url: need('MADANG_URL'),
    key: need('MADANG_KEY'),
    secret: need('MADANG_WEBHOOK_SECRET'),
    smtpUrl: need('SMTP_URL'),
    from: need('MAIL_FROM'),
    pageUrl: need('PAGE_URL'),
    port: Number(process.env['PORT'] || 8091),
  };
}
