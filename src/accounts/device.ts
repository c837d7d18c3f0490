/** Programs by what their User-Agent says, the more special first: most of them also say that they are others. */
const programs: readonly (readonly [RegExp, string])[] = [
  [/\bEdgA?(?:iOS)?\//, 'Edge'], [/\bOPR\//, 'Opera'], [/\bVivaldi\//, 'Vivaldi'],
  [/\bSamsungBrowser\//, 'Samsung Internet'],
  [/\bFirefox\/|\bFxiOS\//, 'Firefox'], [/\b(?:Headless)?Chrome\/|\bCriOS\//, 'Chrome'], [/\bSafari\//, 'Safari'],
  [/^curl\//, 'curl'], [/^node\b|^undici\b/i, 'a script in Node'], [/^python/i, 'a script in Python'],
];

const systems: readonly (readonly [RegExp, string])[] = [
  [/\biPhone\b/, 'an iPhone'], [/\biPad\b/, 'an iPad'], [/\bAndroid\b/, 'Android'], [/\bWindows\b/, 'Windows'],
  [/\bCrOS\b/, 'ChromeOS'], [/\bMacintosh\b|\bMac OS X\b/, 'a Mac'], [/\bLinux\b|\bX11\b/, 'Linux'],
];

/** In characters, of a name that is none of the known. */
const maxName = 60;

/**
 * What a User-Agent means in plain words: "Firefox on Linux". It is what the program says of itself, so it helps people
 * to know their own devices again and proves nothing (RFC 9110, section 10.1.5).
 */
export function deviceOf(agent: string): string {
  const program = find(programs, agent);
  const system = find(systems, agent);
  if (program !== undefined) return system === undefined ? program : `${program} on ${system}`;
  if (system !== undefined) return `A program on ${system}`;
  const name = agent.trim().split(/[/(\n]/, 1)[0]!.trim().slice(0, maxName).toWellFormed();
  return name === '' ? 'A program that did not say its name' : name;
}

function find(among: readonly (readonly [RegExp, string])[], agent: string): string | undefined {
  return among.find(([pattern]) => pattern.test(agent))?.[1];
}
