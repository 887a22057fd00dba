// Better Auth's API-key plugin, set up to be as quick as it can be while it does what it is for. Verification
// is server-only in it, so the route is our own, bare `node:http`, which costs less than its own router
// would. Rate limits, telemetry and its log are off. Where it keeps its keys is the first argument, a folder
// the second: `sqlite` is its database, by Kysely with statements kept prepared, WAL and
// `synchronous=NORMAL`, the updates of last use deferred; `memory` is a Map as its secondary storage.
import { createServer } from "node:http";
import { join } from "node:path";
import { apiKey } from "@better-auth/api-key";
import { DatabaseSync } from "@photostructure/sqlite";
import { betterAuth } from "better-auth";
import { getMigrations } from "better-auth/db/migration";
import { Kysely, SqliteDialect } from "kysely";

const KEYS = 500;
const [, , keptIn, folder = "."] = process.argv;
const inMemory = keptIn === "memory";
const database = openDatabase(join(folder, "better-auth.sqlite"));

const options = {
  baseURL: "http://127.0.0.1",
  secret: "a secret of the bench, longer than thirty-two",
  database: { db: new Kysely({ dialect: new SqliteDialect({ database }) }), type: "sqlite" },
  emailAndPassword: { enabled: true },
  rateLimit: { enabled: false },
  telemetry: { enabled: false },
  logger: { disabled: true },
  advanced: { backgroundTasks: { handler: () => undefined } },
  ...(inMemory ? { secondaryStorage: mapStorage() } : {}),
  plugins: [
    apiKey({
      rateLimit: { enabled: false },
      deferUpdates: true,
      storage: inMemory ? "secondary-storage" : "database",
    }),
  ],
};
const { runMigrations } = await getMigrations(options);
await runMigrations();
const auth = betterAuth(options);
const { user } = await auth.api.signUpEmail({
  body: { email: "ada@example.org", password: "a long password", name: "Ada" },
});
const keys = [];
while (keys.length < KEYS) {
  const { key } = await auth.api.createApiKey({ body: { userId: user.id, name: "bench" } });
  keys.push(key);
}

const server = createServer(async (request, response) => {
  const key = request.headers.authorization?.slice("Bearer ".length) ?? "";
  const { valid } = await auth.api.verifyApiKey({ body: { key } });
  response.writeHead(valid ? 200 : 401);
  response.end();
});
server.listen(0, "127.0.0.1", () => {
  console.log(JSON.stringify({ url: `http://127.0.0.1:${server.address().port}`, keys }));
});

function openDatabase(path) {
  const native = new DatabaseSync(path);
  native.exec("pragma journal_mode = wal");
  native.exec("pragma synchronous = normal");
  const statements = new Map();
  return {
    close: () => native.close(),
    prepare: (sql) => {
      if (!statements.has(sql)) {
        statements.set(sql, kept(native.prepare(sql)));
      }
      return statements.get(sql);
    },
  };
}

function kept(statement) {
  return {
    reader: statement.columns().length > 0,
    all: (parameters) => statement.all(...parameters),
    run: (parameters) => statement.run(...parameters),
    iterate: (parameters) => statement.iterate(...parameters),
  };
}

function mapStorage() {
  const values = new Map();
  return {
    get: (key) => values.get(key) ?? null,
    set: (key, value) => void values.set(key, value),
    delete: (key) => void values.delete(key),
  };
}
