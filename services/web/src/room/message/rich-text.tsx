import {Fragment, useMemo, type AnchorHTMLAttributes, type MouseEvent} from 'react';
import {navigate} from 'wouter/use-browser-location';
import {pathHere} from '../../shell/room-address.ts';
import {CodeBlock} from './code-block.tsx';
import {Mentioned} from './mentioned.tsx';
import {isFewEmoji, parseMarkdown, type Span} from './markdown.ts';
import styles from './rich-text.module.css';

/** Shows a message's text with its markup. */
export function RichText({text}: {text: string}) {
  const spans = useMemo(() => parseMarkdown(text), [text]);
  if (isFewEmoji(text)) return <span className={styles.large}>{text}</span>;
  return <Spans spans={spans} />;
}

function Spans({spans}: {spans: Span[]}) {
  return spans.map((span, index) => (
    // The spans of a text never change places.
    // oxlint-disable-next-line react/no-array-index-key
    <Fragment key={index}>
      <Shown span={span} />
    </Fragment>
  ));
}

/** A link. One to a room or message of this site opens in this page. */
function Link({href, ...rest}: AnchorHTMLAttributes<HTMLAnchorElement> & {href: string}) {
  const path = pathHere(href);
  const follow = (event: MouseEvent) => {
    if (path === undefined || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
    event.preventDefault();
    navigate(path);
  };
  return <a href={href} onClick={follow} target="_blank" rel="noopener noreferrer nofollow ugc" {...rest} />;
}

const elements = {bold: 'strong', italic: 'em', struck: 's', item: 'li'} as const;

function Shown({span}: {span: Span}) {
  if (span.kind === 'text') return <Mentioned text={span.text} />;
  if (span.kind === 'code') return <code className={styles.code}>{span.text}</code>;
  if (span.kind === 'block') return <CodeBlock {...span} />;
  if (span.kind === 'link') return <Link href={span.href}>{span.text}</Link>;
  const inner = <Spans spans={span.spans} />;
  if (span.kind === 'named')
    return (
      <Link href={span.href} title={span.href} className={styles.named}>
        {inner}
      </Link>
    );
  if (span.kind === 'quote')
    return (
      <blockquote dir="auto" className={styles.quote}>
        {inner}
      </blockquote>
    );
  if (span.kind === 'list')
    return span.from === undefined ? (
      <ul className={styles.list}>{inner}</ul>
    ) : (
      <ol className={styles.list} start={span.from}>
        {inner}
      </ol>
    );
  const Element = elements[span.kind];
  return <Element>{inner}</Element>;
}
