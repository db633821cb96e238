/** Whether a key is the input method's. Safari reports the end of a syllable before the key, but by this key code. */
export function isComposing({isComposing: isUnderWay, keyCode}: KeyboardEvent): boolean {
  return isUnderWay || keyCode === 229;
}
