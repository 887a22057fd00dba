// The server of `bare-constant.mjs` with the SDK's middleware before its handler. The verifier's options come
// as JSON in VERIFIER_OPTIONS: they hold a secret, and everybody on the machine sees arguments.
import { createServer } from "node:http";
import { protect } from "../../packages/sdk/dist/middleware/node.js";
import { createVerifier } from "../../packages/sdk/dist/verifier/verifier.js";

const headers = { "content-type": "application/json; charset=utf-8", "content-length": 0 };
const verifier = createVerifier(JSON.parse(process.env.VERIFIER_OPTIONS ?? "{}"));
const scope = "service:reports:read";

const server = createServer(
  protect(verifier, { scope, onFailure: console.error }, (_request, response) => {
    response.writeHead(200, headers);
    response.end("");
  }),
);
server.listen(0, "127.0.0.1", () => {
  const address = server.address();
  const port = typeof address === "object" && address ? address.port : 0;
  console.log(JSON.stringify({ url: `http://127.0.0.1:${port}` }));
});
