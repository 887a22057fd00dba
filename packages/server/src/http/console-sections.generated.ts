// Made by `npm run generate` from packages/console/src/app/routes.tsx. Edit that file, not this one.

/** First segments of the console's own addresses. */
export const SECTIONS: readonly string[] = [
  "admin",
  "automation-hub",
  "collections",
  "dashboard",
  "developer",
  "expires",
  "overview",
  "profile",
  "registry",
  "services",
  "tokens"
];
