/** The words of a line, separated by spaces or commas before a space. */
export function wordsOf(text: string): readonly string[] {
  return text.split(/,?\s+/).filter((word) => word !== "");
}
