// Runs before `npm pack` of the server: its package holds the console, which in a checkout is a workspace of
// its own.
import { cpSync, existsSync, rmSync } from "node:fs";
import { join } from "node:path";
import { buildStale } from "./build.mjs";
import { ROOT } from "./prepare.mjs";

await buildStale(ROOT, ["sdk", "server", "console"]);
const built = join(ROOT, "packages/console/dist");
const packed = join(ROOT, "packages/server/console-dist");
if (!existsSync(join(built, "index.html"))) throw new Error(`${built} holds no console`);
rmSync(packed, { recursive: true, force: true });
cpSync(built, packed, { recursive: true, filter: (source) => !source.endsWith(".build-stamp") });
