// Loaded into a server by `--import`: at each SIGUSR2 it writes to stderr for how many milliseconds the
// process was at work since the last.
let worked = process.cpuUsage();

process.on("SIGUSR2", () => {
  const { user, system } = process.cpuUsage(worked);
  worked = process.cpuUsage();
  process.stderr.write(`worked ${Math.round((user + system) / 1000)} ms\n`);
});
