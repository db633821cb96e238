import {useId, type InputHTMLAttributes} from 'react';
import styles from './checkbox.module.css';

type CheckboxProps = InputHTMLAttributes<HTMLInputElement> & {label: string; hint?: string};

export function Checkbox({label, hint, ...input}: CheckboxProps) {
  const id = useId();
  return (
    <label className={styles.checkbox}>
      <input type="checkbox" aria-describedby={hint && id} {...input} />
      <span>
        {label}
        {hint !== undefined && (
          <span id={id} className={styles.hint}>
            {hint}
          </span>
        )}
      </span>
    </label>
  );
}
