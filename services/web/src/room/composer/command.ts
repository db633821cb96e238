/** The meaning of the input: a message, a whisper, or a command that cannot be executed. */
export type Typed =
  | {kind: 'say'; text: string}
  | {kind: 'whisper'; name: string; text: string}
  | {kind: 'incomplete'}
  | {kind: 'unknown'; command: string};

// A path or a file's name, such as `/etc/hosts`, is no command. The wide slash is that of Korean and Japanese keyboards.
const commandPattern = /^[/／](?<name>\p{L}[^\s/／.]*)(?=\s|$)/u;
const escapePattern = /^[/／]{2,}\p{L}[^\s/／.]*(?=\s|$)/u;
const whisperPattern = /^.w\s+(?:"(?<quoted>[^"]+)"|(?<plain>\S+))\s+(?<text>[\s\S]+)$/iu;

/**
 * Interprets a text: `/w name text` whispers, with a name of several words in quotation marks.
 *
 * No other command is ever posted to a room, so a mistyped whisper stays private. With a second slash the text is posted as
 * it is.
 */
export function parseTyped(input: string): Typed {
  const text = input.trim();
  if (escapePattern.test(text)) return {kind: 'say', text: text.slice(1)};
  const command = commandPattern.exec(text)?.groups?.name;
  if (command === undefined) return {kind: 'say', text};
  if (command.toLowerCase() !== 'w') return {kind: 'unknown', command: `/${command}`};
  const {quoted, plain, text: said} = whisperPattern.exec(text)?.groups ?? {};
  const name = quoted ?? plain;
  return name === undefined || said === undefined
    ? {kind: 'incomplete'}
    : {kind: 'whisper', name, text: said};
}

/** Returns how a text must be typed to be sent unchanged. */
export function asTyped(text: string): string {
  const typed = parseTyped(text);
  return typed.kind === 'say' && typed.text === text.trim() ? text : `/${text}`;
}
