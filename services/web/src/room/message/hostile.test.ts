import {expect, test} from 'vitest';
import {hostileTexts} from '../../../e2e/hostile-texts.ts';
import {parseMarkdown, type Span} from './markdown.ts';

const around = [
  (text: string) => text,
  (text: string) => `**${text}**`,
  (text: string) => `> ${text}`,
  (text: string) => `- ${text}`,
  (text: string) => `[${text}](https://a.example/)`,
  (text: string) => `[x](${text})`,
  (text: string) => `[x](<${text}> "${text}")`,
  (text: string) => `\`\`\`${text}\n${text}\n\`\`\``,
];

test.each(hostileTexts)('%s leads to pages and mailboxes only, however it is marked', (text) => {
  for (const write of around)
    for (const span of flat(parseMarkdown(write(text))))
      if ('href' in span) expect(span.href).toMatch(/^(?:https?|mailto):/);
});

function flat(spans: Span[]): Span[] {
  return spans.flatMap((span) => ('spans' in span ? [span, ...flat(span.spans)] : [span]));
}
