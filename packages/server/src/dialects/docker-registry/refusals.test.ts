import { describe, expect, it } from "vitest";
import { HUB_ERROR_CODES, HubError } from "../../core/errors.ts";
import { refuse } from "./refusals.ts";

const GET = { id: "1", method: "GET", url: "/v2/auth", headers: {} };
const POST = { ...GET, method: "POST" };

describe("a refusal", () => {
  it.each(HUB_ERROR_CODES)("for %s is the registry's envelope on GET, RFC 6749's JSON on POST", (code) => {
    const error = new HubError(code);
    const get = refuse(error, GET, "https://hub.example.com/");
    expect(get.status).toBeGreaterThanOrEqual(400);
    expect(get.body).toEqual({
      errors: [{ code: expect.stringMatching(/^[A-Z_]+$/), message: error.message, detail: {} }],
    });
    const challenge = get.headers?.["www-authenticate"];
    expect(challenge === undefined).toBe(get.status !== 401);
    const post = refuse(error, POST, "https://hub.example.com/");
    expect(post.body).toMatchObject({
      error: expect.stringMatching(/^[a-z_]+$/),
      error_description: error.message,
      errors: [{ message: error.message }],
    });
  });

  it("tells the holder of a dead token what happened, and nobody anything else", () => {
    const ending = { reason: "revoked", at: Date.UTC(2026, 0, 31) } as const;
    const { body } = refuse(new HubError("credential_inactive", { ending }), GET, "https://hub.example.com/");
    expect(JSON.stringify(body)).toContain("was revoked on 2026-01-31");
    const unknown = refuse(new HubError("credential_inactive", { detail: "unknown" }), GET, "");
    expect(JSON.stringify(unknown)).not.toMatch(/unknown|revoked|expired/);
  });
});
