import type { FastifyInstance } from "fastify";
import type { Hub } from "../core/hub.ts";
import type { Forwarding } from "./forwarding.ts";
import { addressMatcher, type Metrics, type MetricsReaders } from "./metrics.ts";

const READY_TIMEOUT_MS = 2_000;

/**
 * `/healthz`: the process answers. `/readyz`: the store does too. `/metrics`: Prometheus, for those who may
 * read it.
 */
export function registerHealth(
  app: FastifyInstance,
  hub: Hub,
  metrics: Metrics,
  readers: MetricsReaders | null,
  forwarding: Forwarding,
): void {
  const mayRead = addressMatcher(readers);
  app.get("/healthz", (_request, reply) => reply.header("cache-control", "no-store").send({ status: "ok" }));
  app.get("/readyz", async (_request, reply) => {
    const ready = await answersInTime(hub.ping());
    return reply
      .header("cache-control", "no-store")
      .code(ready ? 200 : 503)
      .send(ready ? readiness(hub) : { status: "store_unavailable" });
  });
  app.get("/metrics", async (request, reply) => {
    // A proxy on this machine also comes from loopback; the client behind it is only known if it is trusted.
    const address = forwarding.provenAddressOf(request.raw);
    if (readers !== "any" && !(address !== null && mayRead(address))) {
      return reply.code(403).send({ status: "forbidden" });
    }
    return reply.type(metrics.registry.contentType).send(await metrics.registry.metrics());
  });
}

/** A restored hub is ready for the administrator who must decide, and reports that state to every monitor. */
function readiness(hub: Hub): Readonly<Record<string, string>> {
  return hub.restored.isUndecided ? { status: "restored: decide", restored: "decide" } : { status: "ok" };
}

async function answersInTime(answer: Promise<void>): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<boolean>((resolve) => {
    timer = setTimeout(() => resolve(false), READY_TIMEOUT_MS);
  });
  const answered = answer.then(
    () => true,
    () => false,
  );
  try {
    return await Promise.race([answered, timeout]);
  } finally {
    clearTimeout(timer);
  }
}
