import {useEffect, useId, useRef, type InputHTMLAttributes} from 'react';
import styles from './text-field.module.css';

type TextFieldProps = InputHTMLAttributes<HTMLInputElement> & {
  label: string;
  hint?: string | undefined;
  /** Why the input is not accepted. It is shown under the field, which keeps its content. */
  error?: string | undefined;
};

export function TextField({label, hint, error, ...input}: TextFieldProps) {
  const id = useId();
  const field = useRef<HTMLInputElement>(null);
  // A field that becomes invalid takes the focus and keeps its content, so the user can correct it at once.
  const isWrong = error !== undefined;
  useEffect(() => {
    if (isWrong) field.current!.focus();
  }, [isWrong]);
  const describedBy = [hint && `${id}-hint`, error && `${id}-error`].filter(Boolean).join(' ') || undefined;
  return (
    <div className={styles.field}>
      <label htmlFor={id}>{label}</label>
      <input
        id={id}
        ref={field}
        className={styles.input}
        aria-invalid={isWrong}
        aria-describedby={describedBy}
        // Names and titles may have either direction; a password has none.
        dir={input.type === undefined || input.type === 'search' ? 'auto' : undefined}
        {...input}
      />
      {hint !== undefined && (
        <p id={`${id}-hint`} className={styles.hint}>
          {hint}
        </p>
      )}
      {isWrong && (
        <p id={`${id}-error`} role="alert" className={styles.error}>
          {error}
        </p>
      )}
    </div>
  );
}
