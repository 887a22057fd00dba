// The server that `refresh.ts` compares with: a bare `node:http` server that reads the form and signs one
// token for each request, ES256 or RS256 (its argument), and does nothing else. No look-up, no checks, no
// record of use: less than any honest token endpoint could do.
import { generateKeyPairSync, randomUUID, sign } from "node:crypto";
import { createServer } from "node:http";

const [alg = "ES256"] = process.argv.slice(2);
const { privateKey } =
  alg === "RS256"
    ? generateKeyPairSync("rsa", { modulusLength: 2048 })
    : generateKeyPairSync("ec", { namedCurve: "P-256" });
const header = encode({ alg, typ: "at+jwt", kid: "k".repeat(43) });

const server = createServer((request, response) => {
  /** @type {Buffer[]} */
  const chunks = [];
  request.on("data", (chunk) => chunks.push(chunk));
  request.on("end", () => {
    const form = new URLSearchParams(Buffer.concat(chunks).toString("utf8"));
    const body = JSON.stringify({
      access_token: makeToken(),
      expires_in: 900,
      refresh_expires_in: 2_592_000,
      refresh_token: form.get("refresh_token"),
      token_type: "Bearer",
      "not-before-policy": 0,
      session_state: randomUUID(),
      scope: "offline_access collection:acme.*:upload collection:*:download",
    });
    response.writeHead(200, {
      "content-type": "application/json; charset=utf-8",
      "cache-control": "no-store",
    });
    response.end(body);
  });
});

server.listen(0, "127.0.0.1", () => {
  const address = server.address();
  const port = typeof address === "object" && address ? address.port : 0;
  console.log(JSON.stringify({ url: `http://127.0.0.1:${port}` }));
});

function makeToken() {
  const iat = Math.floor(Date.now() / 1000);
  const claims = encode({
    iss: "http://127.0.0.1:8080/auth/realms/redhat-external",
    aud: "http://127.0.0.1:8080",
    iat,
    exp: iat + 900,
    jti: randomUUID(),
    scope: "collection:acme.*:upload collection:*:download",
    mm_use: "realm",
    mm_parent: randomUUID(),
    mm_account: randomUUID(),
    mm_epoch: 0,
    sub: randomUUID(),
    preferred_username: "ada",
    client_id: "cloud-services",
  });
  const input = `${header}.${claims}`;
  const signature = sign("sha256", Buffer.from(input), { key: privateKey, dsaEncoding: "ieee-p1363" });
  return `${input}.${signature.toString("base64url")}`;
}

/** @param {object} part */
function encode(part) {
  return Buffer.from(JSON.stringify(part)).toString("base64url");
}
