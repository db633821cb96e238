import {createContext, use} from 'react';
import type {Layout} from '../../ui/layout.ts';
// What all layouts share comes first, so that each can change it.
import './message.module.css';
import bubbles from './bubbles.module.css';
import comfortable from './comfortable.module.css';
import rows from './rows.module.css';

const looks = {rows, comfortable, bubbles} as const;

export const LayoutContext = createContext<Layout>('rows');

export function useLayoutHere(): Layout {
  return use(LayoutContext);
}

/** Returns the style sheet of the layout in use. All have the same names, for the same elements. */
export function useLook(): CSSModuleClasses {
  return looks[use(LayoutContext)];
}
