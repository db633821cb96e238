/** Something the person at the terminal can act on: shown as one line, without a stack. */
export class Fatal extends Error {
  override name = 'Fatal';
}
