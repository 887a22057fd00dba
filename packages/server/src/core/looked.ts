/**
 * An answer that the store must give. Nothing is asked until `ask` is called, so a caller that cannot wait
 * has lost nothing by looking. Each call of `ask` asks anew.
 */
export class Undecided<T> {
  readonly ask: () => Promise<T>;

  constructor(ask: () => Promise<T>) {
    this.ask = ask;
  }
}

/** An answer that this node knows already, or one that the store must give. */
export type Looked<T> = T | Undecided<T>;

/** The answer: at once if it is known, else from the store. */
export async function ask<T>(looked: Looked<T>): Promise<T> {
  return looked instanceof Undecided ? looked.ask() : looked;
}

/**
 * Goes on with an answer: now if it is known, else once the store has given it. `given` is passed on to
 * `next`, so that the path of a known answer makes no closures.
 */
export function whenKnown<T, Next>(looked: Looked<T>, next: (value: T) => Looked<Next>): Looked<Next>;
export function whenKnown<T, Given, Next>(
  looked: Looked<T>,
  next: (value: T, given: Given) => Looked<Next>,
  given: Given,
): Looked<Next>;
export function whenKnown<T, Given, Next>(
  looked: Looked<T>,
  next: (value: T, given: Given) => Looked<Next>,
  given?: Given,
): Looked<Next> {
  return looked instanceof Undecided
    ? new Undecided(async () => ask(next(await looked.ask(), given as Given)))
    : next(looked, given as Given);
}
