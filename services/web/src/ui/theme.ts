import {createStore} from 'zustand/vanilla';

export const themes = ['system', 'light', 'dark'] as const;
export type Theme = (typeof themes)[number];

const key = 'madang.theme';

/** The theme chosen in this browser, in any tab. */
export const theme = createStore<{chosen: Theme}>(() => ({chosen: storedTheme()}));

function storedTheme(): Theme {
  const stored = localStorage.getItem(key);
  return themes.find((one) => one === stored) ?? 'system';
}

export function chooseTheme(chosen: Theme): void {
  localStorage.setItem(key, chosen);
  theme.setState({chosen});
}

function applyTheme({chosen}: {chosen: Theme}): void {
  if (chosen === 'system') delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = chosen;
}

applyTheme(theme.getState());
theme.subscribe(applyTheme);
// The `storage` event reports changes by other tabs only.
addEventListener('storage', (event) => {
  if (event.key === key) theme.setState({chosen: storedTheme()});
});
