import {useId} from 'react';
import styles from './choices.module.css';

type ChoicesProps<Value extends string> = {
  legend: string;
  options: readonly {value: Value; label: string}[];
  value: Value;
  choose: (value: Value) => void;
};

/** A group of radio buttons. */
export function Choices<Value extends string>({legend, options, value, choose}: ChoicesProps<Value>) {
  const name = useId();
  return (
    <fieldset className={styles.choices}>
      <legend>{legend}</legend>
      {options.map((option) => (
        <label key={option.value} className={styles.choice}>
          <input
            type="radio"
            name={name}
            checked={option.value === value}
            onChange={() => choose(option.value)}
          />
          {option.label}
        </label>
      ))}
    </fieldset>
  );
}
