import {clsx} from 'clsx';
import type {ButtonHTMLAttributes, Ref} from 'react';
import styles from './button.module.css';

type ButtonProps = ButtonHTMLAttributes<HTMLButtonElement> & {
  look?: 'primary' | 'plain' | 'quiet' | 'danger';
  /** Ignores a second press, and tells assistive technology that it is busy. It keeps the focus in the meantime. */
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

/** A button with only an icon. Its label is its accessible name, and appears on hover. */
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

/** The look of an icon button, for a button that another component makes. */
export const iconButton = styles.icon;
