import {createStore} from 'zustand/vanilla';

export const layouts = ['rows', 'comfortable', 'bubbles'] as const;
export type Layout = (typeof layouts)[number];
/** Rooms and whispers each have a layout of their own. */
export type Place = 'room' | 'whisper';

const defaults: Readonly<Record<Place, Layout>> = {room: 'rows', whisper: 'bubbles'};
const keyOf = (place: Place) => `madang.layout.${place}`;

/** The layouts chosen in this browser, in any tab. */
export const layout = createStore<Record<Place, Layout>>(() => ({
  room: stored('room'),
  whisper: stored('whisper'),
}));

function stored(place: Place): Layout {
  const chosen = localStorage.getItem(keyOf(place));
  return layouts.find((one) => one === chosen) ?? defaults[place];
}

export function chooseLayout(place: Place, chosen: Layout): void {
  localStorage.setItem(keyOf(place), chosen);
  layout.setState({[place]: chosen});
}

// The `storage` event reports changes by other tabs only.
addEventListener('storage', ({key}) => {
  if (key === keyOf('room') || key === keyOf('whisper'))
    layout.setState({room: stored('room'), whisper: stored('whisper')});
});
