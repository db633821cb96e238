/** An error that the person at the terminal can act on. It is shown as one line, without a stack. */
export class Fatal extends Error {
  override name = 'Fatal';
}
