const REDACTED = "[secret]";
const INSPECT = Symbol.for("nodejs.util.inspect.custom");

/**
 * A clear-text secret on its short way from `issue` to the reply, or from a request to `verify`. It prints as
 * `[secret]` however it is logged, templated or serialised; only `reveal` gives the text.
 */
export class Secret {
  readonly #text: string;

  constructor(text: string) {
    this.#text = text;
  }

  /** The clear text. Call it only where the reply is written or the digest is computed. */
  reveal(): string {
    return this.#text;
  }

  toString(): string {
    return REDACTED;
  }

  toJSON(): string {
    return REDACTED;
  }

  [INSPECT](): string {
    return REDACTED;
  }
}
