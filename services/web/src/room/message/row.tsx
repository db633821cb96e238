import {clsx} from 'clsx';
import type {HTMLAttributes} from 'react';
import {useLook} from './look.ts';
import styles from './message.module.css';

type RowProps = HTMLAttributes<HTMLElement> & {
  isMine?: boolean;
  isFirst: boolean;
  isLast?: boolean;
  isMarked?: boolean;
  /** It mentions the user. */
  isForMe?: boolean;
  /** Its buttons are tab stops of their own, because it needs a decision. */
  hasOwnStops?: boolean;
};

const flag = (is: boolean) => (is ? '' : undefined);

/** The frame of a message. The layouts tell from it where the message stands in its group. */
export function Row({
  isMine = false,
  isFirst,
  isLast = false,
  isMarked = false,
  isForMe = false,
  hasOwnStops = false,
  ...rest
}: RowProps) {
  const look = useLook();
  return (
    <article
      tabIndex={-1}
      {...rest}
      className={clsx(styles.row, look['row'])}
      data-mine={flag(isMine)}
      data-first={flag(isFirst)}
      data-last={flag(isLast)}
      data-marked={flag(isMarked)}
      data-for-me={flag(isForMe)}
      data-own-stops={flag(hasOwnStops)}
    />
  );
}
