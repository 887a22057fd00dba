import { RECEIPT_BOUND_MS, type Receipt } from "../core/receipt/receipt.ts";
import type { WireReply, WireRequest } from "./dialect.ts";

/**
 * The answer to a revocation: how many of the active nodes have applied it and, if the caller sends `Prefer:
 * return=representation` (RFC 7240 §4.2), which ones and when. Without that header it has no body.
 */
export function writeReceipt(
  receipt: Receipt,
  request: Pick<WireRequest, "headers">,
  options: { readonly bareStatus: 200 | 204; readonly namesNodes: boolean },
): WireReply {
  const headers = appliedHeader(receipt);
  if (!prefersRepresentation(request.headers.prefer)) {
    return { status: options.bareStatus, headers };
  }
  return {
    status: 200,
    headers: { ...headers, "preference-applied": "return=representation" },
    body: { receipt: viewReceipt(receipt, options.namesNodes) },
  };
}

/** `3/3`; `1/?` where the other nodes could not be asked. */
export function appliedHeader({ nodes, asked }: Receipt): Readonly<Record<string, string>> {
  const applied = nodes.filter((node) => node.applied !== null).length;
  return { "x-mintmark-applied": `${applied}/${asked ? nodes.length : "?"}` };
}

/**
 * RFC 7240 §2: several may stand in one header or in many, names and values without regard to case, the first
 * of a name counts.
 */
function prefersRepresentation(header: string | readonly string[] | undefined): boolean {
  const [first] = [header ?? []]
    .flat()
    .flatMap((line) => line.split(","))
    .map((preference) => preference.split(";")[0]?.replace(/[\s"]/g, "").toLowerCase() ?? "")
    .filter((preference) => preference === "return" || preference.startsWith("return="));
  return first === "return=representation";
}

function viewReceipt({ complete, asked, nodes }: Receipt, namesNodes: boolean) {
  return {
    complete,
    asked,
    boundMs: RECEIPT_BOUND_MS,
    nodes: nodes.map(({ id, name, applied, lastSeenAt }) => ({
      id,
      ...(namesNodes ? { name } : {}),
      applied: applied !== null,
      appliedAt: applied && new Date(applied.at).toISOString(),
      ms: applied && Math.round(applied.afterMs * 10) / 10,
      lastSeenAt: new Date(lastSeenAt).toISOString(),
    })),
  };
}
