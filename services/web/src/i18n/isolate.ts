/** Letters that are written from right to left, and the characters that change the direction. */
const turning =
  /[\u0590-\u08ff\u200e\u200f\u202a-\u202e\u2066-\u2069\ufb1d-\ufdff\ufe70-\ufefe\u{10800}-\u{10fff}\u{1e800}-\u{1efff}]/u;

/** Isolates the direction of a text, for places where there are no elements. */
export function isolate(text: string): string {
  return turning.test(text) ? `\u2068${text}\u2069` : text;
}
