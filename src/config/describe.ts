import { about, environmentName, flagName, optionGroups, optionNames, schema } from './options.ts';

/** The options under their headings, with what is known about each. */
const groups = Object.entries(optionGroups).map(([heading, group]) => ({
  heading,
  options: Object.entries(group).map(([name, type]) => ({ name, ...about.get(type)! })),
}));

/** All options for `--help`: flag, sentence and default, one block per heading. */
export function optionsHelp(): string {
  return groups.map(({ heading, options }) => `${heading}:\n${options.map(helpLines).join('\n')}`).join('\n\n');
}

const flagWidth = 36;
const sentenceWidth = 76;

function helpLines({ name, form, sentence, fallback }: (typeof groups)[number]['options'][number]): string {
  const text = fallback === undefined ? sentence : `${sentence} (${fallback})`;
  const lines = text.match(new RegExp(`\\S.{0,${sentenceWidth - 2}}\\S(?=\\s|$)`, 'g')) ?? [];
  return lines.map((line, i) => `${i === 0 ? `  ${flagName(name)} ${form}` : ''}`.padEnd(flagWidth) + line).join('\n');
}

/** The content of `config/default.json`: every option with its default, `null` for one that is not set by default. */
export function defaultConfig(): string {
  const defaults = optionNames.map((name) => [name, about.get(schema.shape[name])!.fallback ?? null]);
  return `${JSON.stringify(Object.fromEntries(defaults), undefined, 2)}\n`;
}

/** All options as Markdown: one table per heading. */
export function optionsTable(): string {
  return groups.map(({ heading, options }) => [
    `### ${heading}`,
    '',
    '| option | default | environment variable | what it is |',
    '|---|---|---|---|',
    ...options.map(({ name, sentence, fallback }) => {
      const value = fallback === undefined ? 'not set' : `\`${fallback}\``;
      return `| \`${name}\` | ${value} | \`${environmentName(name)}\` | ${sentence} |`;
    }),
  ].join('\n')).join('\n\n');
}
