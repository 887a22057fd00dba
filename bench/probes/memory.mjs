// Loaded into a server by `--import`: at each SIGUSR2 it collects garbage and writes to stderr what the process then holds, and how long it
// was at work since the last time.
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

setFlagsFromString("--expose-gc");
const collect = runInNewContext("gc");
let worked = process.cpuUsage();

process.on("SIGUSR2", () => {
  const { user, system } = process.cpuUsage(worked);
  collect();
  collect();
  const { rss } = process.memoryUsage();
  process.stderr.write(`memory ${JSON.stringify({ rss, workedMs: (user + system) / 1000 })}\n`);
  worked = process.cpuUsage();
});
