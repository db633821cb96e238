/** `/w name text`, or with a name of several words in quotation marks. */
export type WhisperCommand = {name: string; text: string};

const pattern = /^\/w\s+(?:"(?<quoted>[^"]+)"|(?<plain>\S+))\s+(?<text>[\s\S]+)$/;

/** What a whisper command says; undefined for any other text, `incomplete` where name or text are missing. */
export function parseWhisper(input: string): WhisperCommand | 'incomplete' | undefined {
  if (!/^\/w(?:\s|$)/.test(input)) return undefined;
  const {quoted, plain, text} = pattern.exec(input.trim())?.groups ?? {};
  const name = quoted ?? plain;
  return name === undefined || text === undefined ? 'incomplete' : {name, text};
}
