const filler = 'The courtyard is where the people of a house meet, and talk until the lamps are lit. ';

/** Returns a text of a hundred characters that contains its due time, so that every listener can tell how long it took. */
export function messageText(at: number): string {
  return `${Math.round(at)} ${filler}`.slice(0, 100).trimEnd();
}

export function sentAt(text: string): number {
  return Number(text.slice(0, text.indexOf(' ')));
}
