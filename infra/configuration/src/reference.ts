/**
 * Writes docs/reference, which has the content of the page /api/v1/docs, for readers of the repository. One page a group.
 */
import type {Field, TypePart} from '@madang/gateway/documents/fields';
import type {Content, ReferenceOperation} from '@madang/gateway/documents/reference-operations';
import type {Reference, ReferenceEvent, ReferenceGroup} from '@madang/gateway/documents/reference';

const written = 'Written by `npm run reference:doc` from the operation table and the schemas of the wire.';

/** Returns every page by its file name. */
export function renderReference(reference: Reference): Record<string, string> {
  const pages = reference.groups.map((group) => [`${group.name}.md`, groupPage(group)]);
  return {
    'README.md': indexPage(reference),
    ...Object.fromEntries(pages),
    'schemas.md': schemasPage(reference),
    'errors.md': errorsPage(reference),
  };
}

function pageOf(...blocks: string[]): string {
  return `${blocks.filter(Boolean).join('\n\n')}\n`;
}

function indexPage({groups}: Reference): string {
  const parts = groups.flatMap(({name, description, operations, events}) => [
    `## [${name}](${name}.md)`,
    description,
    table(
      ['operation or event', 'what it does'],
      [
        ...operations.map((each) => [`[\`${each.name}\`](${name}.md#${anchorOf(each.name)})`, each.summary]),
        ...events.map((each) => [
          `[\`${each.name}\`](${name}.md#${anchorOf(`${each.name} event`)}), event`,
          each.summary,
        ]),
      ],
    ),
  ]);
  return pageOf(
    '# Reference of the wire',
    written,
    'Every operation over HTTP and Socket.IO, every event, and every field. [schemas.md](schemas.md) has the objects that ' +
      'they share, [errors.md](errors.md) the codes of refusals. A gateway serves the same as a page, `/api/v1/docs`, and for ' +
      'programs as `/api/v1/openapi.json` and `/api/v1/asyncapi.json`. What schemas cannot say is in ' +
      '[protocol.md](../protocol.md).',
    ...parts,
  );
}

function groupPage({name, description, operations, events}: ReferenceGroup): string {
  return pageOf(
    `# ${name}`,
    written,
    description,
    ...operations.map(operationText),
    ...events.map(eventText),
  );
}

function operationText(operation: ReferenceOperation): string {
  const {name, summary, callers, route, status, event, input, result, refusals, example} = operation;
  const ways = [
    ...(route === undefined ? [] : [`\`${route}\` → ${status}`]),
    ...(event === undefined ? [] : [`socket \`${event}\``]),
  ];
  return [
    `## ${name}`,
    `${summary}. Allowed for ${callers}.`,
    ways.join(' · '),
    `**Input**${content(input)}`,
    `**Result**${content(result)}`,
    ...(refusals ? refusalText(refusals) : []),
    example ? sample(example) : '',
  ]
    .filter(Boolean)
    .join('\n\n');
}

function refusalText(refusals: {code: string; reason: string}[]): string[] {
  const lines = refusals.map(({code, reason}) => `- \`${code}\`: ${reason}`);
  const lead = `**Errors** of [any call](errors.md)${lines.length > 0 ? ', and:' : '.'}`;
  return [lead, lines.join('\n')];
}

function eventText({name, summary, payload, example}: ReferenceEvent): string {
  return [`## ${name} event`, `${summary}.`, `**Payload**${content(payload)}`, sample(example)].join('\n\n');
}

function schemasPage({schemas}: Reference): string {
  const parts = schemas.flatMap(({name, description, type, fields}) => [
    `## ${name}`,
    description,
    fields.length > 0 ? fieldTable(fields, '') : typeText(type, ''),
  ]);
  return pageOf('# schemas', written, 'Objects that several operations or events share.', ...parts);
}

function errorsPage({codes, anyCall, endings}: Reference): string {
  const ofCode = codes.map(({code, status, retryable, message}) => [
    `\`${code}\``,
    `${status}`,
    retryable ? 'yes' : '',
    message,
  ]);
  const ofEnding = endings.map(({reason, reconnect}) => [
    `\`${reason}\``,
    reconnect ? 'yes, after a random part of `afterMs`' : 'not automatically',
  ]);
  return pageOf(
    '# errors',
    written,
    'The codes of refusals. Programs switch on the code alone.',
    table(['code', 'HTTP', 'retryable', 'what it says'], ofCode),
    `Any call may be refused for: ${anyCall.map(({code}) => `\`${code}\``).join(', ')}.`,
    'The reasons of `session:ending`:',
    table(['reason', 'reconnect?'], ofEnding),
  );
}

function content({fields, note, schema}: Content): string {
  if (schema) return ` ${schemaLink(schema, 'schemas.md')}`;
  if (fields.length === 0) return ` ${note ?? 'no fields.'}`;
  return `\n\n${fieldTable(fields, 'schemas.md')}${note ? `\n\n${note}` : ''}`;
}

function fieldTable(fields: Field[], schemasFile: string): string {
  return table(
    ['field', 'type', 'what it is'],
    fields.map(({name, type, isRequired, description}) => [
      `\`${name}\``,
      `${typeText(type, schemasFile)}${isRequired ? '' : ', optional'}`,
      description,
    ]),
  );
}

function typeText(parts: TypePart[], schemasFile: string): string {
  return parts.map((part) => ('text' in part ? part.text : schemaLink(part.schema, schemasFile))).join('');
}

function schemaLink(name: string, file: string): string {
  return `[${name}](${file}#${anchorOf(name)})`;
}

function sample(example: unknown): string {
  return ['```json', JSON.stringify(example, null, 2), '```'].join('\n');
}

function table(head: string[], rows: string[][]): string {
  const lines = [head, head.map(() => '---'), ...rows.map((row) => row.map(cell))];
  return lines.map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|').replaceAll('\n', ' ');
}

/** Returns the anchor that GitHub makes of a heading. */
function anchorOf(heading: string): string {
  return heading
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N} _-]/gu, '')
    .replaceAll(' ', '-');
}
