#!/usr/bin/env node
// docker, podman and skopeo run `docker-credential-mintmark get` where their configuration names the helper
// `mintmark`.
import { runProgram } from "./run-program.ts";

await runProgram(["credential", "docker", ...process.argv.slice(2)]);
