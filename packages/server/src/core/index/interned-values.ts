/**
 * Values that many records share, each kept once under a small number and counted, so that the last record to
 * go takes its value along. Number 0 stands for null.
 */
export class InternedValues<Value> {
  readonly #numbers = new Map<string, number>();
  readonly #values: (Value | null)[] = [null];
  readonly #keys: string[] = [""];
  readonly #counts: number[] = [0];
  readonly #free: number[] = [];

  /** The number of the value with this key, which is one more record's from now on. */
  take(key: string, value: () => Value): number {
    const known = this.#numbers.get(key);
    if (known !== undefined) {
      this.#counts[known] = this.count(known) + 1;
      return known;
    }
    const number = this.#free.pop() ?? this.#values.length;
    this.#numbers.set(key, number);
    this.#values[number] = value();
    this.#keys[number] = key;
    this.#counts[number] = 1;
    return number;
  }

  /** One record less has the value. */
  release(number: number): void {
    if (number === 0) {
      return;
    }
    const left = this.count(number) - 1;
    this.#counts[number] = left;
    if (left === 0) {
      this.#numbers.delete(this.#keys[number] as string);
      this.#values[number] = null;
      this.#keys[number] = "";
      this.#free.push(number);
    }
  }

  get(number: number): Value | null {
    return this.#values[number] as Value | null;
  }

  /** The number of a value that some record has, or 0. */
  numberOf(key: string): number {
    return this.#numbers.get(key) ?? 0;
  }

  /** How many records have the value. */
  count(number: number): number {
    return this.#counts[number] as number;
  }

  /** How many distinct values there are. */
  get size(): number {
    return this.#numbers.size;
  }
}
