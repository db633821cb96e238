import {useEffect, useRef} from 'react';
import {useTranslation} from 'react-i18next';
import {Disc} from '../../ui/person.tsx';
import type {Completion, Option} from './use-completion.ts';
import styles from './completion-list.module.css';

export const optionId = (list: string, index: number) => `${list}-${index}`;

/** The list above the field that completes what is typed. The field keeps the focus and handles the keys. */
export function CompletionList({id, completion}: {id: string; completion: Completion}) {
  const {t} = useTranslation();
  const {options, chosen, choose, pick, kind} = completion;
  const list = useRef<HTMLUListElement>(null);
  useEffect(() => {
    list.current?.children[chosen]?.scrollIntoView({block: 'nearest'});
  }, [chosen]);
  if (options.length === 0 || kind === undefined) return null;
  const labels = {'@': 'people', ':': 'emoji', '#': 'rooms', '/': 'commands'} as const;
  return (
    <ul
      ref={list}
      id={id}
      role="listbox"
      aria-label={t(`completion.${labels[kind]}`)}
      className={styles.list}
    >
      {options.map((option, index) => (
        // The field handles the keys; this handles the pointer.
        // oxlint-disable-next-line jsx-a11y/click-events-have-key-events
        <li
          key={option.key}
          id={optionId(id, index)}
          role="option"
          aria-selected={index === chosen}
          className={styles.option}
          onPointerMove={() => choose(index)}
          // A press must not take the focus from the field.
          onPointerDown={(event) => event.preventDefault()}
          onClick={() => pick(index)}
        >
          <Sign option={option} />
          <bdi className={styles.label}>{option.label}</bdi>
          {option.hint !== undefined && <span className={styles.hint}>{option.hint}</span>}
        </li>
      ))}
    </ul>
  );
}

function Sign({option: {color, label, sign}}: {option: Option}) {
  if (color !== undefined) return <Disc name={label} color={color} />;
  return sign === undefined ? null : (
    <span aria-hidden className={styles.sign}>
      {sign}
    </span>
  );
}
