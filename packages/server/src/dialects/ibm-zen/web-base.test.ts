import { expect, test } from "vitest";
import { createHarness, PASSWORD } from "../../testing/harness.ts";

test("an SDK whose URL ends in /zen gets its bearer, and a wrong pair IBM's own refusal", async () => {
  const hub = await createHarness();
  await hub.addUser("ada");
  const authorize = (password: string) =>
    hub.call({
      method: "POST",
      url: "/zen/icp4d-api/v1/authorize",
      json: { username: "ada", password },
    });

  const [right, wrong] = [await authorize(PASSWORD), await authorize("wrong password")];

  expect([right.statusCode, typeof right.json().token]).toEqual([200, "string"]);
  expect([wrong.statusCode, wrong.json()._statusCode_]).toEqual([401, 401]);
  await hub.close();
});
