// Loaded into a server by `--import`: the first SIGUSR2 begins a profile, the second ends it and writes it to
// the file that BENCH_PROFILE names.
import { writeFileSync } from "node:fs";
import { Session } from "node:inspector/promises";

const session = new Session();
session.connect();
await session.post("Profiler.enable");
let isRunning = false;

process.on("SIGUSR2", async () => {
  if (isRunning) {
    const { profile } = await session.post("Profiler.stop");
    writeFileSync(process.env.BENCH_PROFILE ?? "profile.cpuprofile", JSON.stringify(profile));
    process.stderr.write("profile written\n");
  } else {
    await session.post("Profiler.start");
    process.stderr.write("profile begun\n");
  }
  isRunning = !isRunning;
});
