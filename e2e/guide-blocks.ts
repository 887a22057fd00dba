/** The code blocks of a guide that stand behind the comment `<!-- mark -->`. */
export function guideBlocks(guide: string, mark: string): readonly string[] {
  const pattern = new RegExp(
    `<!-- ${mark.replaceAll(".", "\\.")} -->\\n\`\`\`\\w*\\n([\\s\\S]*?)\`\`\``,
    "g",
  );
  return [...guide.matchAll(pattern)].map(([, block = ""]) => block);
}

/** The one block behind that comment. */
export function guideBlock(guide: string, mark: string): string {
  const [block, ...others] = guideBlocks(guide, mark);
  if (block === undefined || others.length > 0) {
    throw new Error(`the guide has not one ${mark}`);
  }
  return block;
}
