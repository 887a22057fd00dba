import { describe, expect, it } from "vitest";
import { HUB_ERROR_CODES, HubError } from "../../core/errors.ts";
import { ERROR_TYPES, refuse } from "./refusals.ts";

describe("a refusal", () => {
  it.each(HUB_ERROR_CODES)("for %s is an ApiError under the old and the new field names", (code) => {
    const { status, body } = refuse(new HubError(code), "https://hub.example.com");
    expect(status).toBeGreaterThanOrEqual(400);
    const { title, detail, type, ...rest } = body as Record<string, unknown>;
    expect(Object.keys(ERROR_TYPES)).toContain(title);
    expect(type).toBe(`https://hub.example.com/api/v1/error/${title}`);
    expect(rest).toMatchObject({ status, error_message: detail, error_type: title });
  });

  it("names the field at fault", () => {
    const { body } = refuse(new HubError("malformed_request", { field: "title" }), "");
    expect(body).toMatchObject({ detail: "The request is not well formed. (title)" });
  });
});
