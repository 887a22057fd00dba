// `npm start`: installs and builds what is stale, then becomes the server, in this same process.
// Only Node's own modules here: it runs before anything is installed.
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { endChildren } from "./child.mjs";
import { prepare, ROOT } from "./prepare.mjs";

let serverListens = false;
for (const signal of /** @type {const} */ (["SIGTERM", "SIGINT"])) {
  // Until the server has handlers of its own, a stop needs no farewell: it was asked for, so it ends with 0.
  // Afterwards this one stays, doing nothing: npm passes on the signal that the process group had already,
  // and the second must not fall on a process whose `once` handler is used up.
  process.on(signal, () => {
    serverListens ||= process.listenerCount(signal) > 1;
    if (!serverListens) void endChildren("SIGTERM").then(() => process.exit(0));
  });
}

await prepare();
const server = await import(pathToFileURL(join(ROOT, "packages/server/dist/main.js")).href);
await server.main(process.argv.slice(2));
