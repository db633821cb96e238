/** The reference as one HTML page without scripts or outside resources. It suits narrow screens and dark mode. */
import type {Field, TypePart} from './fields.ts';
import type {Content, ReferenceOperation} from './reference-operations.ts';
import type {Refusal} from './refusals.ts';
import type {Reference, ReferenceEvent, ReferenceGroup, ReferenceSchema} from './reference.ts';

const entities: Record<string, string> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** Writes the page, which links to the `stylesheet` address. */
export function referencePage(reference: Reference, {stylesheet}: {stylesheet: string}): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>Madang: reference of the wire</title>
<link rel="stylesheet" href="${escape(stylesheet)}">
</head>
<body>
<a href="#main">Skip to the reference</a>
<header>
<h1>Madang: reference of the wire</h1>
<p>Every operation over HTTP and Socket.IO, every event and every field. For programs: <a href="openapi.json">OpenAPI</a>
and <a href="asyncapi.json">AsyncAPI</a>.</p>
</header>
<nav aria-label="Contents">
${list(reference.groups.map((group) => `${link(group.name)}${list(entriesOf(group).map(({name}) => link(name)))}`))}
${list([link('schemas'), link('errors'), link('endings')])}
</nav>
<main id="main" tabindex="-1">
${reference.groups.map(groupSection).join('\n')}
${section('schemas', 'Objects that several operations or events share.', reference.schemas.map(schemaArticle).join('\n'))}
${section('errors', 'The codes of refusals. Programs switch on the code alone.', codeList(reference))}
${section('endings', 'The reasons of `session:ending`, and whether to come back.', endingList(reference))}
</main>
</body>
</html>
`;
}

function section(name: string, description: string, inside: string): string {
  return `<section aria-labelledby="${name}"><h2 id="${name}">${name}</h2>
<p>${inline(description)}</p>
${inside}
</section>`;
}

function article(name: string, title: string, inside: string): string {
  return `<article aria-labelledby="${idOf(name)}"><h3 id="${idOf(name)}">${title}</h3>
${inside}
</article>`;
}

function schemaArticle({name, description, type, fields}: ReferenceSchema): string {
  const what = fields.length > 0 ? fieldList(fields) : `<p>${typeText(type)}</p>`;
  return article(name, escape(name), `<p>${inline(description)}</p>\n${what}`);
}

function codeList({codes, anyCall}: Reference): string {
  const items = codes.map(({code, status, retryable, message}) => {
    const about = `<span>${status}${retryable ? ', retryable' : ''}</span>`;
    return `<dt><code>${code}</code> ${about}</dt><dd>${inline(message)}</dd>`;
  });
  const usual = anyCall.map(({code}) => `<code>${code}</code>`).join(', ');
  return `<p>Any call may be refused for: ${usual}.</p>\n<dl>${items.join('')}</dl>`;
}

function endingList({endings}: Reference): string {
  const items = endings.map(({reason, reconnect}) => {
    const advice = reconnect
      ? 'Reconnect after a random part of `afterMs`.'
      : 'Do not reconnect automatically.';
    return `<dt><code>${reason}</code></dt><dd>${inline(advice)}</dd>`;
  });
  return `<dl>${items.join('')}</dl>`;
}

function entriesOf({operations, events}: ReferenceGroup): {name: string}[] {
  return [...operations, ...events.map(({name}) => ({name: eventName(name)}))];
}

function groupSection({name, description, operations, events}: ReferenceGroup): string {
  const articles = [...operations.map(operationArticle), ...events.map(eventArticle)];
  return section(name, description, articles.join('\n'));
}

function operationArticle(operation: ReferenceOperation): string {
  const {name, summary, callers, input, result, refusals, example} = operation;
  const parts = [
    `<p>${inline(summary)}. Allowed for ${inline(callers)}.</p>`,
    `<p>${waysOf(operation).join('<br>')}</p>`,
    `<h4>Input</h4>${content(input)}`,
    `<h4>Result</h4>${content(result)}`,
    refusals ? refusalList(refusals) : '',
    sample('Example of the input', example?.input),
    sample('Example of the result', example?.result),
  ];
  return article(name, escape(name), parts.join('\n'));
}

function refusalList(refusals: Refusal[]): string {
  const items = refusals.map(({code, reason}) => `<code>${code}</code>: ${inline(reason)}`);
  return `<h4>Errors</h4>${list([...items, `What ${link('errors', 'any call')} may be refused for.`])}`;
}

function waysOf({route, status, event}: ReferenceOperation): string[] {
  const overHttp = route === undefined ? [] : [`<code>${escape(route)}</code> → ${status}`];
  const overSocket = event === undefined ? [] : [`Socket: <code>${event}</code>`];
  return [...overHttp, ...overSocket];
}

function eventArticle({name, summary, payload, example}: ReferenceEvent): string {
  const parts = [
    `<p>${inline(summary)}.</p>`,
    `<h4>Payload</h4>${content(payload)}`,
    sample('Example', example),
  ];
  return article(eventName(name), `${escape(name)} <small>event</small>`, parts.join('\n'));
}

function content({fields, note, schema}: Content): string {
  if (schema) return `<p>${link(schema)}</p>`;
  const about = note === undefined ? '' : `<p>${inline(note)}</p>`;
  return fields.length === 0 && about ? about : `${fieldList(fields)}${about}`;
}

function fieldList(fields: Field[]): string {
  if (fields.length === 0) return '<p>No fields.</p>';
  const items = fields.map(
    ({name, type, isRequired, description}) =>
      `<dt><code>${escape(name)}</code> <span>${typeText(type)}${isRequired ? '' : ', optional'}</span></dt><dd>${inline(description)}</dd>`,
  );
  return `<dl>${items.join('')}</dl>`;
}

function typeText(parts: TypePart[]): string {
  return parts.map((part) => ('text' in part ? inline(part.text) : link(part.schema))).join('');
}

function sample(title: string, value: unknown): string {
  if (value === undefined) return '';
  return `<details><summary>${title}</summary><pre><code>${escape(JSON.stringify(value, null, 2))}</code></pre></details>`;
}

function list(items: string[]): string {
  return items.length === 0 ? '' : `<ul>${items.map((item) => `<li>${item}</li>`).join('')}</ul>`;
}

function link(target: string, text = target): string {
  return `<a href="#${idOf(target)}">${escape(text)}</a>`;
}

/** An event and an operation may share a name: `notification:read`. */
function eventName(name: string): string {
  return `${name} event`;
}

/** Schemas begin with a capital and operations do not, so `Room` and `rooms` get different ids. */
function idOf(name: string): string {
  return name.replaceAll(/[^\p{L}\p{N}]+/gu, '-');
}

/** A sentence in which text between backticks is code. */
function inline(text: string): string {
  return text
    .split('`')
    .map((piece, index) => (index % 2 === 0 ? escape(piece) : `<code>${escape(piece)}</code>`))
    .join('');
}

function escape(text: string): string {
  return text.replaceAll(/[&<>"']/g, (character) => entities[character]!);
}
