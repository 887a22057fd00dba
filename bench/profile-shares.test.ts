import { expect, test } from "vitest";
import { renderShares } from "./profile-shares.ts";

test("the shares of a profile are a row in which each function counts once", () => {
  const table = renderShares("verify", [
    { name: "writeLatin1String", url: "", time: 400 },
    { name: "sign", url: "", time: 100 },
    // A function of our own may have the name of one of the runtime.
    { name: "sign", url: "file:///hub/dist/http/front/reply.js", time: 200 },
    { name: "nextTick", url: "node:internal/process/task_queues", time: 100 },
    { name: "find", url: "file:///hub/dist/core/index/credential-index.js", time: 200 },
  ]);
  const [heads = [], , shares = []] = table.split("\n").map((line) => line.slice(2, -2).split(" | "));
  const shown = heads.map((head, at) => [head, shares[at]]).filter(([, share]) => share !== "0 %");
  expect(shown).toEqual([
    ["", "verify"],
    ["sending the answer", "40 %"],
    ["signing", "10 %"],
    ["Node's sockets, timers and ticks", "10 %"],
    ["reading the request and writing the answer", "20 %"],
    ["the verdict, its use and its metrics", "20 %"],
  ]);
});
