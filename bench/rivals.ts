import { fileURLToPath } from "node:url";
import { install, isInstalled } from "../scripts/install.mjs";
import type { Later } from "./claim.ts";
import { type Peer, servePeer } from "./processes.ts";

const FOLDER = fileURLToPath(new URL("./rivals", import.meta.url));

/**
 * Runs another product for comparison. These products have a lock file of their own, so that installing the
 * hub does not install them.
 */
export async function serveRival<Ready extends Peer>(
  later: Later,
  name: string,
  args: readonly string[] = [],
): Promise<Ready> {
  if (!isInstalled(FOLDER)) {
    await install(FOLDER);
  }
  return servePeer<Ready>(later, `./rivals/${name}.mjs`, args);
}
