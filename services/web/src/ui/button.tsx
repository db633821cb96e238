import {clsx} from 'clsx';
import type {ButtonHTMLAttributes} from 'react';
import styles from './button.module.css';

type ButtonProps = ButtonHTMLAttributes<HTMLButtonElement> & {
  look?: 'primary' | 'plain' | 'quiet' | 'danger';
  /** Takes no second press, and says to assistive technology that it is at work. */
  isBusy?: boolean;
};

export function Button({look = 'plain', isBusy = false, className, disabled, ...rest}: ButtonProps) {
  return (
    <button
      type="button"
      {...rest}
      className={clsx(styles.button, styles[look], className)}
      disabled={disabled === true || isBusy}
      aria-busy={isBusy}
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
