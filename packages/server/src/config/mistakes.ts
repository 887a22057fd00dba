/**
 * One thing wrong in the configuration, in the words of the person who has to mend it. Never holds a secret.
 */
export interface Mistake {
  /** The option's name, or the unknown name that was given. */
  readonly option: string;
  /** Where it came from: `flag --port`, `environment`, `file /run/secrets/key`, `yaml mintmark.yaml`. */
  readonly source: string;
  readonly found: string;
  readonly allowed: string;
}

const SHOWN_CHARACTERS_MAX = 120;

/**
 * A value as it may be shown: the secret ones not at all, nor what stands before an @, where URLs hold a
 * password; control characters escaped.
 */
export function showValue(text: string, { secret }: { readonly secret: boolean }): string {
  if (secret) {
    return "[secret]";
  }
  const blotted = text.replace(/^([a-z][a-z0-9+.-]*:\/\/)?.*@/is, "$1[secret]@");
  const shown =
    blotted.length > SHOWN_CHARACTERS_MAX ? `${blotted.slice(0, SHOWN_CHARACTERS_MAX)}…` : blotted;
  return shown === "" ? "an empty value" : JSON.stringify(shown);
}

/** For the terminal; ends in a newline. */
export function renderMistakes(mistakes: readonly Mistake[]): string {
  const head = mistakes.length === 1 ? "one mistake" : `${mistakes.length} mistakes`;
  const blocks = mistakes.map(
    ({ option, source, found, allowed }) =>
      `  ${option}  (${source})\n    found:    ${found}\n    allowed:  ${allowed}\n`,
  );
  return `Mintmark does not start: ${head} in its configuration.\n\n${blocks.join("\n")}`;
}
