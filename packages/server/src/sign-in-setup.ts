import { readFileSync } from "node:fs";
import type { Config } from "./config/options.ts";
import type { SignInSetup } from "./core/provider/ports.ts";
import type { Clock } from "./core/world.ts";
import { LdapDirectory } from "./system/ldap-directory.ts";
import { OidcClient } from "./system/oidc-client.ts";

/** How people sign in besides local passwords, as the options say. */
export function openSignIn(config: Config, publicUrl: string, clock: Clock): SignInSetup {
  return { oidc: openOidc(config, publicUrl, clock), ldap: openLdap(config), local: config.localSignIn };
}

function openOidc(config: Config, publicUrl: string, clock: Clock): SignInSetup["oidc"] {
  const { oidcIssuer: issuer, oidcClientId: clientId } = config;
  if (issuer === undefined || clientId === undefined) {
    return null;
  }
  return {
    name: config.oidcName,
    provider: new OidcClient({
      issuer,
      clientId,
      clientSecret: config.oidcClientSecret,
      scopes: config.oidcScopes,
      usernameClaim: config.oidcUsernameClaim,
      groupsClaim: config.oidcGroupsClaim,
      publicUrl: () => publicUrl,
      clock,
    }),
    groups: {
      admin: config.oidcAdminGroup ?? null,
      auditor: config.oidcAuditorGroup ?? null,
      required: config.oidcRequiredGroup ?? null,
      foldsCase: false,
    },
    recheckMs: config.oidcRecheckMs,
  };
}

function openLdap(config: Config): SignInSetup["ldap"] {
  const { ldapUrl: url, ldapBase: base, ldapCaFile } = config;
  if (url === undefined || base === undefined) {
    return null;
  }
  return {
    provider: new LdapDirectory({
      url,
      bindDn: config.ldapBindDn,
      bindPassword: config.ldapBindPassword,
      base,
      filter: config.ldapFilter,
      groupAttribute: config.ldapGroupAttribute,
      ca: ldapCaFile === undefined ? undefined : readFileSync(ldapCaFile, "utf8"),
    }),
    groups: {
      admin: config.ldapAdminGroup ?? null,
      auditor: config.ldapAuditorGroup ?? null,
      required: config.ldapRequiredGroup ?? null,
      foldsCase: true,
    },
    recheckMs: config.ldapRecheckMs,
  };
}
