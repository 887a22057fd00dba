import type { Role } from "@mintmark/sdk";
import { type ComponentType, lazy } from "react";

export interface ConsoleRoute {
  readonly path: string;
  readonly page: ComponentType;
  /** Absent: everybody may open it. */
  readonly roles?: readonly Role[];
}

const STAFF: readonly Role[] = ["admin", "auditor"];
const ADMIN: readonly Role[] = ["admin"];

function page<Name extends string>(
  load: () => Promise<Readonly<Record<Name, ComponentType>>>,
  name: Name,
): ComponentType {
  const found = async (): Promise<{ readonly default: ComponentType }> => ({ default: (await load())[name] });
  return lazy(found);
}

/**
 * Every page and its path; each is loaded on demand. `npm run generate` tells the server the first segments.
 */
export const ROUTES: readonly ConsoleRoute[] = [
  {
    path: "/dashboard",
    roles: STAFF,
    page: page(() => import("../features/dashboard/dashboard-page.tsx"), "DashboardPage"),
  },
  { path: "/overview", page: page(() => import("../features/overview/overview-page.tsx"), "OverviewPage") },
  {
    path: "/overview/:id",
    page: page(() => import("../features/overview/credential-page.tsx"), "CredentialPage"),
  },
  {
    path: "/overview/:id/rotate",
    page: page(() => import("../features/life/rotate-page.tsx"), "RotatePage"),
  },
  {
    path: "/automation-hub/connect",
    page: page(() => import("../features/automation-hub/connect-page.tsx"), "ConnectPage"),
  },
  {
    path: "/collections",
    page: page(() => import("../features/collections/browse-page.tsx"), "BrowsePage"),
  },
  {
    path: "/collections/api-token",
    page: page(() => import("../features/collections/api-token-page.tsx"), "ApiTokenPage"),
  },
  {
    path: "/collections/browse/:namespace/:name",
    page: page(() => import("../features/collections/collection-page.tsx"), "CollectionPage"),
  },
  {
    path: "/registry/application-tokens",
    page: page(() => import("../features/registry/application-tokens-page.tsx"), "ApplicationTokensPage"),
  },
  {
    path: "/profile/api-key",
    page: page(() => import("../features/profile/api-key-page.tsx"), "ApiKeyPage"),
  },
  {
    path: "/profile/security",
    page: page(() => import("../features/profile/security-page.tsx"), "SecurityPage"),
  },
  {
    path: "/profile/notifications",
    page: page(() => import("../features/events/notifications-page.tsx"), "NotificationsPage"),
  },
  { path: "/expires", page: page(() => import("../features/events/ending-page.tsx"), "EndingPage") },
  {
    path: "/services/instances",
    page: page(() => import("../features/services/instances-page.tsx"), "InstancesPage"),
  },
  { path: "/tokens", page: page(() => import("../features/tokens/tokens-page.tsx"), "TokensPage") },
  { path: "/developer", page: page(() => import("../features/developer/api-page.tsx"), "ApiPage") },
  {
    path: "/admin/users",
    roles: STAFF,
    page: page(() => import("../features/admin/users-page.tsx"), "UsersPage"),
  },
  {
    path: "/admin/users/:username",
    roles: STAFF,
    page: page(() => import("../features/admin/user-page.tsx"), "UserPage"),
  },
  {
    path: "/admin/teams",
    roles: STAFF,
    page: page(() => import("../features/organisation/teams-page.tsx"), "TeamsPage"),
  },
  {
    path: "/services/accounts",
    page: page(() => import("../features/organisation/services-page.tsx"), "ServicesPage"),
  },
  {
    path: "/services/accounts/:name",
    page: page(() => import("../features/organisation/service-page.tsx"), "ServicePage"),
  },
  {
    path: "/admin/grants",
    roles: STAFF,
    page: page(() => import("../features/admin/shared-grants-page.tsx"), "SharedGrantsPage"),
  },
  {
    path: "/admin/instances",
    roles: STAFF,
    page: page(() => import("../features/admin/instances-page.tsx"), "InstancesAdminPage"),
  },
  {
    path: "/admin/credentials",
    roles: STAFF,
    page: page(() => import("../features/admin/credentials-page.tsx"), "CredentialsPage"),
  },
  {
    path: "/admin/credentials/:id",
    roles: STAFF,
    page: page(() => import("../features/overview/credential-page.tsx"), "CredentialPage"),
  },
  {
    path: "/admin/credentials/:id/rotate",
    roles: STAFF,
    page: page(() => import("../features/life/rotate-page.tsx"), "RotatePage"),
  },
  {
    path: "/admin/clients",
    roles: STAFF,
    page: page(() => import("../features/admin/clients-page.tsx"), "ClientsPage"),
  },
  {
    path: "/admin/webhooks",
    roles: ADMIN,
    page: page(() => import("../features/events/webhooks-page.tsx"), "WebhooksPage"),
  },
  {
    path: "/admin/webhooks/:id",
    roles: ADMIN,
    page: page(() => import("../features/events/webhook-page.tsx"), "WebhookPage"),
  },
  {
    path: "/admin/audit",
    roles: STAFF,
    page: page(() => import("../features/admin/audit-page.tsx"), "AuditPage"),
  },
  {
    path: "/admin/keys",
    roles: STAFF,
    page: page(() => import("../features/admin/keys-page.tsx"), "KeysPage"),
  },
  {
    path: "/admin/restored",
    roles: STAFF,
    page: page(() => import("../features/admin/restored-page.tsx"), "RestoredPage"),
  },
  {
    path: "/admin/settings",
    roles: STAFF,
    page: page(() => import("../features/admin/settings-page.tsx"), "SettingsPage"),
  },
];

export interface NavGroup {
  readonly title: string;
  readonly roles?: readonly Role[];
  readonly items: readonly {
    readonly path: string;
    readonly title: string;
    readonly roles?: readonly Role[];
  }[];
}

const ADMINISTRATION: NavGroup = {
  title: "Administration",
  roles: STAFF,
  items: [
    { path: "/admin/users", title: "Users" },
    { path: "/admin/teams", title: "Teams" },
    { path: "/admin/grants", title: "Shared grants" },
    { path: "/admin/instances", title: "Service instances" },
    { path: "/admin/credentials", title: "Credentials" },
    { path: "/admin/clients", title: "Applications" },
    { path: "/admin/webhooks", title: "Webhooks", roles: ADMIN },
    { path: "/admin/audit", title: "Audit log" },
    { path: "/admin/keys", title: "Signing keys" },
    { path: "/admin/settings", title: "Settings" },
  ],
};

export const NAVIGATION: readonly NavGroup[] = [
  {
    title: "",
    items: [
      { path: "/dashboard", title: "Dashboard", roles: STAFF },
      { path: "/overview", title: "Overview" },
      { path: "/expires", title: "What expires when" },
    ],
  },
  ADMINISTRATION,
  { title: "Automation Hub", items: [{ path: "/automation-hub/connect", title: "Connect to Hub" }] },
  {
    title: "Collections",
    items: [
      { path: "/collections", title: "Browse" },
      { path: "/collections/api-token", title: "API token" },
    ],
  },
  { title: "Registry", items: [{ path: "/registry/application-tokens", title: "Application tokens" }] },
  {
    title: "Services",
    items: [
      { path: "/services/instances", title: "Instances" },
      { path: "/services/accounts", title: "Service accounts" },
    ],
  },
  {
    title: "Access",
    items: [
      { path: "/tokens", title: "Personal tokens" },
      { path: "/profile/api-key", title: "API key" },
      { path: "/developer", title: "API reference" },
    ],
  },
];
