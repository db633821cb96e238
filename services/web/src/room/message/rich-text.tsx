import {Fragment, useMemo} from 'react';
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
    <Fragment key={index}>{shown(span)}</Fragment>
  ));
}

function shown(span: Span) {
  switch (span.kind) {
    case 'text':
      return span.text;
    case 'code':
      return <code className={styles.code}>{span.text}</code>;
    case 'block':
      return (
        <pre className={styles.block}>
          <code>{span.text}</code>
        </pre>
      );
    case 'link':
      return (
        <a href={span.href} target="_blank" rel="noopener noreferrer nofollow ugc">
          {span.text}
        </a>
      );
    case 'bold':
      return (
        <strong>
          <Spans spans={span.spans} />
        </strong>
      );
    case 'italic':
      return (
        <em>
          <Spans spans={span.spans} />
        </em>
      );
    case 'struck':
      return (
        <s>
          <Spans spans={span.spans} />
        </s>
      );
  }
}
