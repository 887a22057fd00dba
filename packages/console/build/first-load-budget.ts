import { gzipSync } from "node:zlib";
import type { Plugin, Rolldown } from "vite";

/**
 * Fails the build when the JavaScript that a browser needs before these modules run is more than the budget.
 */
export function firstLoadBudget(budget: {
  readonly entries: readonly string[];
  readonly gzipBytesMax: number;
}): Plugin {
  let say = (_words: string): void => undefined;
  return {
    name: "first-load-budget",
    configResolved: ({ logger }) => {
      say = (words) => logger.info(words);
    },
    generateBundle(_options, bundle) {
      const chunks = Object.values(bundle).filter((output) => output.type === "chunk");
      const needed = new Set<string>();
      for (const entry of budget.entries) {
        const chunk = chunks.find(({ moduleIds }) => moduleIds.some((id) => id.endsWith(entry)));
        if (!chunk) {
          this.error(`no chunk holds ${entry}`);
        }
        addWithImports(chunk, chunks, needed);
      }
      const sizes = chunks
        .filter(({ fileName }) => needed.has(fileName))
        .map(({ code }) => gzipSync(code).byteLength);
      const total = sizes.reduce((sum, size) => sum + size, 0);
      const words = `first load: ${sizes.length} scripts, ${kilobytes(total)} of ${kilobytes(budget.gzipBytesMax)} KB (gzip)`;
      if (total > budget.gzipBytesMax) {
        this.error(`${words}. Load what is not on the first page by route.`);
      }
      say(words);
    },
  };
}

function addWithImports(
  chunk: Rolldown.OutputChunk,
  chunks: readonly Rolldown.OutputChunk[],
  needed: Set<string>,
): void {
  if (needed.has(chunk.fileName)) {
    return;
  }
  needed.add(chunk.fileName);
  for (const imported of chunks.filter(({ fileName }) => chunk.imports.includes(fileName))) {
    addWithImports(imported, chunks, needed);
  }
}

function kilobytes(bytes: number): string {
  return (bytes / 1000).toFixed(1);
}
