import { describe, expect, it } from "vitest";
import { HUB_ERROR_CODES, HubError } from "../../core/errors.ts";
import { refuse } from "./refusals.ts";

const PAGE = "https://hub.example.com/";

describe("a refusal", () => {
  it.each(HUB_ERROR_CODES)("for %s is galaxy_ng's envelope with the status as text", (code) => {
    const reply = refuse(new HubError(code), PAGE);
    expect(reply.status).toBeGreaterThanOrEqual(400);
    expect(reply.body).toMatchObject({
      errors: [{ status: String(reply.status), code: expect.any(String), title: expect.any(String) }],
    });
  });

  it("with 401 says its sentence where each ansible-galaxy looks: errors, default, reason phrase", () => {
    const ending = { reason: "replaced", at: Date.UTC(2026, 0, 31) } as const;
    const reply = refuse(new HubError("credential_inactive", { ending }), PAGE);
    const sentence =
      "This token was revoked, because a new one took its place, on 2026-01-31. Get a new one at https://hub.example.com/";
    expect(reply).toMatchObject({
      status: 401,
      reason: sentence,
      headers: { "www-authenticate": expect.stringContaining("Session") },
      body: {
        default: sentence,
        errors: [{ status: "401", code: "authentication_failed", detail: sentence }],
      },
    });
  });

  it("of an unknown token gives nothing away", () => {
    const reply = refuse(new HubError("credential_inactive", { detail: "unknown" }), PAGE);
    expect(JSON.stringify(reply)).not.toMatch(/unknown|revoked|expired/);
  });

  it("names the field at fault and what was wrong with it", () => {
    const reply = refuse(
      new HubError("malformed_request", { field: "sha256", explanation: "The part is missing." }),
      PAGE,
    );
    expect(reply.body).toEqual({
      errors: [
        {
          status: "400",
          code: "invalid",
          title: "The request is not well formed.",
          detail: "The part is missing.",
          source: { parameter: "sha256" },
        },
      ],
    });
  });
});
