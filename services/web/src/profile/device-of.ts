/** The first match counts, since most browsers also name the browsers that they derive from. */
const browsers: readonly [pattern: RegExp, name: string][] = [
  [/KAKAOTALK/, 'KakaoTalk'],
  [/Whale\//, 'Whale'],
  [/Edg(?:e|A|iOS)?\//, 'Edge'],
  [/OPR\//, 'Opera'],
  [/SamsungBrowser\//, 'Samsung Internet'],
  [/Firefox\/|FxiOS\//, 'Firefox'],
  [/CriOS\/|Chrom(?:e|ium)\//, 'Chrome'],
  [/Safari\//, 'Safari'],
];
const systems: readonly [pattern: RegExp, name: string][] = [
  [/iPhone/, 'iPhone'],
  [/iPad/, 'iPad'],
  [/Android/, 'Android'],
  [/Windows/, 'Windows'],
  [/Mac OS X|Macintosh/, 'macOS'],
  [/CrOS/, 'ChromeOS'],
  [/Linux|X11/, 'Linux'],
];

/** Returns what people call a device by its `User-Agent`: browser and system. An app is called by its product. */
export function deviceOf(agent: string): string {
  const nameIn = (names: typeof browsers) => names.find(([pattern]) => pattern.test(agent))?.[1];
  const parts = [nameIn(browsers) ?? productOf(agent), nameIn(systems)];
  return parts.filter((part) => part !== undefined).join(' · ');
}

function productOf(agent: string): string | undefined {
  return /^[\w.-]{1,40}/.exec(agent)?.[0];
}
