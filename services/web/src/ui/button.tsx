import {clsx} from 'clsx';
import type {ButtonHTMLAttributes, Ref} from 'react';
import styles from './button.module.css';

type ButtonProps = ButtonHTMLAttributes<HTMLButtonElement> & {
  look?: 'primary' | 'plain' | 'quiet' | 'danger';
  /** Takes no second press, and says to assistive technology that it is at work. It keeps the focus meanwhile. */
  isBusy?: boolean;
  ref?: Ref<HTMLButtonElement>;
};

export function Button({look = 'plain', isBusy = false, className, onClick, ...rest}: ButtonProps) {
  return (
    <button
      type="button"
      {...rest}
      className={clsx(styles.button, styles[look], className)}
      aria-disabled={isBusy || undefined}
      aria-busy={isBusy}
      onClick={(event) => (isBusy ? event.preventDefault() : onClick?.(event))}
    />
  );
}

type IconButtonProps = ButtonHTMLAttributes<HTMLButtonElement> & {label: string};

/** A button that is only a picture: its label is what it is called, and shown on hover. */
export function IconButton({label, className, ...rest}: IconButtonProps) {
  return (
    <button
      type="button"
      aria-label={label}
      title={label}
      {...rest}
      className={clsx(styles.icon, className)}
    />
  );
}

/** The look of an icon button, for what has to be a button of another make. */
export const iconButton = styles.icon;
