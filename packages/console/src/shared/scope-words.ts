const THINGS: Readonly<Record<string, string>> = {
  collection: "collections",
  repository: "repositories",
  instance: "the service instance",
  hub: "the hub's own",
};

const DEEDS: Readonly<Record<string, string>> = {
  "*": "do everything",
  pull: "pull",
  push: "push",
  download: "download",
  upload: "publish",
  use: "use",
  delete: "delete",
};

/** A scope as a person would say it: "publish and download collections acme.*". */
export function scopeWords(scope: string): string {
  if (scope === "*:*:*") {
    return "do everything that you can, except manage tokens";
  }
  const first = scope.indexOf(":");
  const last = scope.lastIndexOf(":");
  const type = scope.slice(0, first);
  if (first === last) {
    return scope === "user:admin" ? "manage your own tokens, and make new ones" : scope;
  }
  const name = scope.slice(first + 1, last);
  const deeds = scope
    .slice(last + 1)
    .split(",")
    .map((deed) => DEEDS[deed] ?? deed);
  const thing = THINGS[type] ?? type;
  const which =
    name === "*" ? `all ${thing.replace(/^the service instance$/, "service instances")}` : `${thing} ${name}`;
  const joined = deeds.length > 1 ? `${deeds.slice(0, -1).join(", ")} and ${deeds.at(-1)}` : (deeds[0] ?? "");
  return joined === "do everything" ? `do everything with ${which}` : `${joined} ${which}`;
}
