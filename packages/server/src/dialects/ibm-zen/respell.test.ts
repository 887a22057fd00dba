import { expect, test } from "vitest";
import { speller } from "./respell.ts";

const spell = speller(
  [
    "/usermgmt/v1/user/apiKey",
    "/api/v1/usermgmt/v1/user/apiKey",
    "/zen-data/v3/service_instances/:id/api_key",
  ],
  ["/usermgmt", "/api/v1/usermgmt", "/zen-data"],
);

test.each([
  ["/usermgmt/v1/user/apikey", "/usermgmt/v1/user/apiKey"],
  ["//USERMGMT//v1/user/ApiKey/", "/usermgmt/v1/user/apiKey"],
  ["/API/v1/UserMgmt/V1/user/apikey", "/api/v1/usermgmt/v1/user/apiKey"],
  ["/zen-data/v3/SERVICE_instances/Sales-EU/Api_Key", "/zen-data/v3/service_instances/Sales-EU/api_key"],
  ["/zen/usermgmt/v1/user/apikey", "/usermgmt/v1/user/apiKey"],
  ["/Zen//zen-data/v3/service_instances/zen/api_key", "/zen-data/v3/service_instances/zen/api_key"],
  ["/UserMgmt/v9/Nothing", "/usermgmt/v9/Nothing"],
])("%s is read as %s", (sent, read) => {
  expect(spell(sent)).toBe(read);
});

test.each([
  "/api/v1/user/apptoken",
  "/zen/api/v1/user/apptoken",
  "/zen/zen/usermgmt",
  "/zen",
  "/API/v1/User/AppToken",
  "//v2//auth",
  "/",
  "",
])("%s of another system stays as it is", (sent) => {
  expect(spell(sent)).toBe(sent);
});
