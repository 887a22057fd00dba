import { expect, it } from "vitest";
import { createHarness, PASSWORD } from "../../testing/harness.ts";
import { replay } from "../../testing/replay.ts";

// herve4m.quay is a collection of Ansible's Galaxy: its requests were recorded by a proxy.
it("the modules of herve4m.quay make, read and revoke a token by password, and obtain an OAuth token", async () => {
  const hub = await createHarness();
  try {
    await hub.addUser("ada");
    await hub.addUser("root", { role: "admin" });
    await hub.call({
      method: "POST",
      url: "/api/mintmark/v1/oauth/clients",
      bearer: await hub.logIn("root"),
      json: { clientId: "robot", name: "Robot", type: "public", implicit: true, redirectUris: [] },
    });
    const { secret } = await hub.issue("ada", "personal_token", { scopes: ["user:admin"] });
    const words = { personal: secret, password: PASSWORD };
    const replies = await replay(hub, new URL("fixtures/herve4m-quay.json", import.meta.url), words);
    const [authorized] = replies.filter(({ statusCode }) => statusCode === 302);
    expect(String(authorized?.headers.location)).toContain("access_token=");
  } finally {
    await hub.close();
  }
});
