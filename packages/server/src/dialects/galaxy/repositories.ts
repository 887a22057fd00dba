import { HubError } from "../../core/errors.ts";

/**
 * The repositories that a private automation hub has from the start (galaxy_ng 4.9), as names of one set of
 * collections: `published` shows all of them, an upload to `staging` or to `inbound-<namespace>` is published
 * at once, the others stay empty.
 */
export interface Repository {
  readonly name: string;
  readonly isFull: boolean;
  readonly takesUploads: boolean;
  /** The only namespace that may be uploaded here. */
  readonly namespace: string | null;
}

export const PUBLISHED: Repository = {
  name: "published",
  isFull: true,
  takesUploads: true,
  namespace: null,
};

const OTHERS: readonly Repository[] = [
  { name: "staging", isFull: false, takesUploads: true, namespace: null },
  ...["rejected", "community", "rh-certified", "validated"].map((name) => ({
    name,
    isFull: false,
    takesUploads: false,
    namespace: null,
  })),
];

/** What lists of repositories show; `inbound-<namespace>` exists for every namespace and is not listed. */
export const REPOSITORIES: readonly Repository[] = [PUBLISHED, ...OTHERS];

/** Throws `not_found` for a name that no repository has. */
export function repositoryOf(params: Readonly<Record<string, string>>): Repository {
  const name = params.repository ?? PUBLISHED.name;
  const known = REPOSITORIES.find((repository) => repository.name === name);
  const namespace = /^inbound-([a-z0-9_]{1,64})$/.exec(name)?.[1];
  if (known) {
    return known;
  }
  if (namespace === undefined) {
    throw new HubError("not_found");
  }
  return { name, isFull: false, takesUploads: true, namespace };
}

/** Throws `forbidden` if the repository takes no uploads, or not of this namespace. */
export function admitUpload({ name, takesUploads, namespace }: Repository, uploaded: string): void {
  if (!takesUploads) {
    throw new HubError("forbidden", {
      explanation: `The repository ${name} accepts no uploads. Publish to staging or published.`,
    });
  }
  if (namespace !== null && namespace !== uploaded) {
    throw new HubError("forbidden", {
      explanation: `The repository ${name} accepts only the namespace ${namespace}.`,
    });
  }
}
