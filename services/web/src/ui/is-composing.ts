/**
 * Whether a key belongs to the input method. Safari reports the end of a syllable before the key, but with this key code.
 */
export function isComposing({isComposing: isUnderWay, keyCode}: KeyboardEvent): boolean {
  return isUnderWay || keyCode === 229;
}
