/** The pages as HTML. The page's script inserts what people wrote, as text. */
import {texts, type Language} from './texts.ts';

function page(language: Language, body: string, isScripted: boolean): string {
  const t = texts[language];
  return `<!doctype html>
<html lang="${language}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${t.title}</title>
<link rel="stylesheet" href="/style.css">
${isScripted ? '<script type="module" src="/page.js"></script>' : ''}
</head>
<body>
${body}
</body>
</html>
`;
}

/** The sign-in page; `problem` says why the last attempt failed. */
export function entryPage(
  language: Language,
  problem?: 'wrong_password' | 'rate_limited' | 'invalid' | 'failed',
): string {
  const t = texts[language];
  return page(
    language,
    `<main>
<h1>${t.title}</h1>
${problem ? `<p role="alert">${t[problem]}</p>` : ''}
<form method="post" action="/enter">
<label>${t.name} <input name="name" required maxlength="32" autocomplete="username"></label>
<label>${t.password} <input name="password" type="password" required minlength="8" maxlength="128" autocomplete="current-password"></label>
<button name="role" value="customer">${t.enter}: ${t.customer}</button>
<button name="role" value="shop">${t.enter}: ${t.shop}</button>
</form>
</main>`,
    false,
  );
}

/** A person's own page. */
export function ordersPage(language: Language, role: 'customer' | 'shop'): string {
  const t = texts[language];
  const orderForm = `<form id="order">
<label>${t.shop} <select name="shopId" required></select></label>
<label>${t.item} <input name="item" required maxlength="200"></label>
<button>${t.order}</button>
</form>`;
  return page(
    language,
    `<header>
<h1 id="person"></h1>
<p>${t.unread}: <output id="unread">0</output></p>
<form method="post" action="/leave"><button>${t.leave}</button></form>
</header>
<main>
<p id="problem" role="alert" hidden></p>
${role === 'customer' ? orderForm : ''}
<h2>${t.orders}</h2>
<ul id="orders"></ul>
</main>
<section id="toasts" role="status" aria-live="polite"></section>`,
    true,
  );
}

export const style = `
:root { color-scheme: light dark; font-family: system-ui, sans-serif; line-height: 1.5; }
body { max-width: 40rem; margin: 0 auto; padding: 1rem; }
header { display: flex; flex-wrap: wrap; gap: 1rem; align-items: center; justify-content: space-between; }
label { display: block; margin-block: .5rem; }
input, select, button { font: inherit; padding: .4rem .6rem; min-height: 2.75rem; }
ul { list-style: none; padding: 0; }
li { display: flex; flex-wrap: wrap; gap: .5rem; justify-content: space-between; padding: .5rem; border-bottom: 1px solid; }
li:target { outline: 3px solid; }
#toasts { position: fixed; inset: auto 1rem 1rem auto; display: grid; gap: .5rem; max-width: 22rem; }
.toast { background: Canvas; border: 2px solid; padding: .75rem; display: flex; gap: .75rem; align-items: center; }
`;
