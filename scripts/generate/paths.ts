import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { invariant } from "../../packages/server/src/core/errors.ts";
import { allDialects } from "../../packages/server/src/dialects.ts";
import { type Console, openConsole } from "../../packages/server/src/http/console.ts";
import { createHarness } from "../../packages/server/src/testing/harness.ts";
import type { Generated } from "./checked-in.ts";

const ROOT = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
const CONSOLE_ROUTES = "packages/console/src/app/routes.tsx";
const SECTIONS = "packages/server/src/http/console-sections.generated.ts";
const TAKEN = "packages/server/src/config/taken-paths.generated.ts";
/** Where the probe serves the Galaxy API: the one path that an option moves. */
const GALAXY = "/api/galaxy";

/** The lists of paths that the server needs and other parts decide: the console's routes and the dialects. */
export async function generate(): Promise<Generated> {
  const sections = await consoleSections();
  const taken = new Set([...sections.map((section) => `/${section}`), ...(await servedPaths())]);
  taken.delete(GALAXY);
  return {
    [SECTIONS]: `// Made by \`npm run generate\` from ${CONSOLE_ROUTES}. Edit that file, not this one.

/** First segments of the console's own addresses. */
export const SECTIONS: readonly string[] = ${JSON.stringify(sections, null, 2)};
`,
    [TAKEN]: `// Made by \`npm run generate\` from the paths that the server and its dialects answer under.

/** Where a path below one of these leads is decided already. */
export const TAKEN_PATHS: readonly string[] = ${JSON.stringify([...taken].sort(), null, 2)};
`,
  };
}

async function consoleSections(): Promise<readonly string[]> {
  // The console has its own compiler options, so this program does not import its types.
  const { ROUTES } = (await import(pathToFileURL(join(ROOT, CONSOLE_ROUTES)).href)) as {
    readonly ROUTES: readonly { readonly path: string }[];
  };
  return [...new Set(ROUTES.map(({ path }) => path.split("/")[1] ?? ""))].sort();
}

/** The trees below which a server with a console answers. */
async function servedPaths(): Promise<readonly string[]> {
  const harness = await createHarness();
  try {
    const routes = routesOf(harness.server.app.printRoutes({ commonPrefix: false }));
    const dialects = allDialects(harness.hub, { galaxyPrefix: GALAXY });
    const prefixes = [consoleBuild(), ...dialects].flatMap((one) => one.prefixes);
    return [...routes, ...prefixes].map(treeOf).filter((tree) => tree !== "/");
  } finally {
    await harness.close();
  }
}

/** The console as the server opens it, from a build with an empty page. */
function consoleBuild(): Console {
  const directory = mkdtempSync(join(tmpdir(), "mintmark-paths-"));
  try {
    writeFileSync(join(directory, "index.html"), "");
    const opened = openConsole(directory, () => "");
    invariant(opened, "a directory with a page is a console");
    return opened;
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

/** The first level of Fastify's drawing of its routes, all of which lie below \`/\`. */
function routesOf(drawing: string): readonly string[] {
  const routes = [...drawing.matchAll(/^ {4}[├└]── (\S+)/gm)].map(([, path]) => `/${path}`);
  if (!routes.includes("/healthz")) {
    throw new Error("Fastify draws its routes in another way: mend routesOf()");
  }
  return routes;
}

/** The first segment of a path; the first two below \`/api\`, which several systems share. */
function treeOf(path: string): string {
  const [first = "", second = ""] = path.split("/").slice(1);
  return first === "api" ? `/${first}/${second}` : `/${first}`;
}
