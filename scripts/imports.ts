import { posix } from "node:path";

const SPECIFIER = /\b(?:from|import)\s*\(?\s*["']([^"'\n]+)["']/g;

/** Every module that a source text names: static, re-exported, dynamic, or inside a type. */
export function specifiersOf(source: string): string[] {
  return [...source.matchAll(SPECIFIER)].flatMap(([, specifier]) =>
    specifier === undefined ? [] : [specifier],
  );
}

/**
 * `file` lies in one folder of dialects/ and what it imports lies in another. Paths as below
 * packages/server/src.
 */
export function reachesSibling(file: string, specifier: string): boolean {
  const from = dialectOf(file);
  const to = dialectOf(resolve(file, specifier));
  return from !== undefined && to !== undefined && from !== to;
}

/** `file` ships and what it imports lies in testing/. */
export function reachesTesting(file: string, specifier: string): boolean {
  return isShipped(file) && /(^|\/)testing\//.test(resolve(file, specifier));
}

/** Which files of `texts` (text by path) import which others, type imports among them. */
export function importGraph(texts: ReadonlyMap<string, string>): ReadonlyMap<string, readonly string[]> {
  return new Map(
    [...texts].map(([file, text]) => [
      file,
      specifiersOf(text)
        .map((specifier) => resolve(file, specifier))
        .filter((target) => texts.has(target)),
    ]),
  );
}

/** The same graph between the top folders; a file outside any folder stands for itself. */
export function folderGraph(
  files: ReadonlyMap<string, readonly string[]>,
): ReadonlyMap<string, readonly string[]> {
  const top = (file: string) => file.split("/", 1)[0] as string;
  const folders = new Map<string, Set<string>>();
  for (const [file, targets] of files) {
    const from = top(file);
    const known = folders.get(from) ?? new Set<string>();
    for (const to of targets.map(top)) if (to !== from) known.add(to);
    folders.set(from, known);
  }
  return new Map([...folders].map(([folder, targets]) => [folder, [...targets]]));
}

/** The pairs of names that point at each other, sorted. */
export function mutualPairsOf(graph: ReadonlyMap<string, readonly string[]>): string[] {
  return [...graph]
    .flatMap(([from, targets]) =>
      targets.filter((to) => from < to && graph.get(to)?.includes(from)).map((to) => `${from} + ${to}`),
    )
    .sort();
}

/**
 * The circles of a graph, each as the sorted names in it (its strongly connected components, after Tarjan).
 */
export function circlesOf(graph: ReadonlyMap<string, readonly string[]>): string[][] {
  const order = new Map<string, number>();
  const open: string[] = [];
  const circles: string[][] = [];
  const visit = (node: string): number => {
    order.set(node, order.size);
    let low = order.get(node) as number;
    open.push(node);
    for (const next of graph.get(node) ?? []) {
      if (!order.has(next)) low = Math.min(low, visit(next));
      else if (open.includes(next)) low = Math.min(low, order.get(next) as number);
    }
    if (low === order.get(node)) {
      const circle = open.splice(open.indexOf(node));
      if (circle.length > 1 || (graph.get(node) ?? []).includes(node)) circles.push(circle.sort());
    }
    return low;
  };
  for (const node of graph.keys()) if (!order.has(node)) visit(node);
  return circles;
}

/** False for tests, for the parts that tests share, and for the suites that every store runs. */
export function isShipped(file: string): boolean {
  return !/\.test\.tsx?$|(^|\/)testing\/|(^|\/)contract(?:-[\w-]+)?\.ts$/.test(file);
}

function resolve(file: string, specifier: string): string {
  return specifier.startsWith(".") ? posix.join(posix.dirname(file), specifier) : specifier;
}

function dialectOf(path: string): string | undefined {
  return /(?:^|\/)dialects\/([^/]+)\//.exec(path)?.[1];
}
