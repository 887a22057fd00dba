import type { Namespace, NamespaceWords } from "../../core/collection/ports.ts";
import { HubError } from "../../core/errors.ts";
import { parseJson } from "../../http/body.ts";
import { type AnyRoute, route, type WireRequest } from "../../http/dialect.ts";
import { type BaseOf, SIGNED_IN } from "./access.ts";
import { readFilter, readPage, writePage } from "./paging.ts";
import type { Base } from "./wire.ts";

const TEXT_LENGTH_MAX = 1_000;
const RESOURCES_LENGTH_MAX = 100_000;
const LINKS_MAX = 20;

/**
 * Namespaces as galaxy_ng's clients manage them (4.9, viewsets/namespace.py): the list is also the log-in
 * probe of every module of `ansible.hub`, and set-up scripts create a namespace before they publish. Who may
 * publish is decided by grants; `groups` and `users` of a request are not read.
 */
export function namespaceRoutes(prefix: string, base: BaseOf): readonly AnyRoute[] {
  const roots = [`${prefix}/v3/namespaces`, `${prefix}/_ui/v1/namespaces`];
  const lists = [...roots, `${prefix}/_ui/v1/my-namespaces`].map((path) =>
    route({
      method: "GET",
      path,
      access: SIGNED_IN,
      read: ({ query }) => ({ ...readPage(query), ...readFilters(query) }),
      run: async (hub, asked, caller) => ({ asked, all: await hub.namespaces.list(caller) }),
      write: ({ asked, all }, request) => {
        const found = all.filter((namespace) => asked.matches(namespace)).sort(asked.order);
        const items = found.slice(asked.offset, asked.offset + asked.limit);
        const { path: home } = base(request);
        const list = `${home}${path.slice(prefix.length)}/`;
        return {
          status: 200,
          body: writePage({ items, count: found.length }, asked, list, (item) =>
            writeSummary(base(request), item),
          ),
        };
      },
    }),
  );
  return [...lists, ...roots.flatMap((path) => itemRoutes(path, base))];
}

function itemRoutes(path: string, base: BaseOf): readonly AnyRoute[] {
  const item = `${path}/:namespace`;
  const write = (namespace: Namespace, request: WireRequest) => ({
    status: 200,
    body: writeNamespace(base(request), namespace),
  });
  return [
    route({
      method: "GET",
      path: item,
      access: SIGNED_IN,
      read: nameOf,
      run: (hub, name, caller) => hub.namespaces.get(name, caller),
      write,
    }),
    route({
      method: "POST",
      path,
      access: SIGNED_IN,
      read: (request) => {
        const body = readBody(request);
        const { name } = body;
        if (typeof name !== "string" || name === "") {
          throw new HubError("malformed_request", {
            field: "name",
            explanation: "Attribute 'name' is required",
          });
        }
        return { name, words: { ...NO_WORDS, ...readWords(body) } };
      },
      run: (hub, { name, words }, caller) => hub.namespaces.create(name, words, caller),
      write: (namespace, request) => ({ ...write(namespace, request), status: 201 }),
    }),
    ...(["PUT", "PATCH"] as const).map((method) =>
      route({
        method,
        path: item,
        access: SIGNED_IN,
        read: (request) => ({ name: nameOf(request), words: readWords(readBody(request)) }),
        run: (hub, { name, words }, caller) => hub.namespaces.update(name, words, caller),
        write,
      }),
    ),
    route({
      method: "DELETE",
      path: item,
      access: SIGNED_IN,
      read: nameOf,
      run: (hub, name, caller) => hub.namespaces.remove(name, caller),
      write: () => ({ status: 204 }),
    }),
  ];
}

function nameOf({ params }: WireRequest): string {
  return params.namespace ?? "";
}

const NO_WORDS: NamespaceWords = {
  company: "",
  email: "",
  avatarUrl: "",
  description: "",
  resources: "",
  links: [],
};

function readBody(request: WireRequest): Readonly<Record<string, unknown>> {
  let body: unknown;
  try {
    body = parseJson(request.body);
  } catch {
    body = null;
  }
  if (typeof body !== "object" || body === null || Array.isArray(body)) {
    throw new HubError("malformed_request", { explanation: "The body must be a JSON object." });
  }
  return body as Readonly<Record<string, unknown>>;
}

function readWords(body: Readonly<Record<string, unknown>>): Partial<NamespaceWords> {
  const words = {
    company: readText(body, "company"),
    email: readText(body, "email"),
    avatarUrl: readText(body, "avatar_url"),
    description: readText(body, "description"),
    resources: readText(body, "resources", RESOURCES_LENGTH_MAX),
    links: readLinks(body["links"]),
  };
  return Object.fromEntries(Object.entries(words).filter(([, value]) => value !== undefined));
}

function readText(
  body: Readonly<Record<string, unknown>>,
  field: string,
  lengthMax = TEXT_LENGTH_MAX,
): string | undefined {
  const value = body[field];
  if (value === undefined || value === null) {
    return undefined;
  }
  if (typeof value !== "string" || value.length > lengthMax || value.includes("\0")) {
    throw new HubError("malformed_request", {
      field,
      explanation: `${field} must be text of at most ${lengthMax} characters.`,
    });
  }
  return value;
}

function readLinks(value: unknown): NamespaceWords["links"] | undefined {
  if (value === undefined || value === null) {
    return undefined;
  }
  if (!Array.isArray(value) || value.length > LINKS_MAX) {
    throw new HubError("malformed_request", {
      field: "links",
      explanation: `links must be a list of at most ${LINKS_MAX} objects.`,
    });
  }
  return value.map((link: unknown) => {
    const { name, url } = (link ?? {}) as Readonly<Record<string, unknown>>;
    if (typeof name !== "string" || typeof url !== "string" || !/^https?:\/\/\S{1,256}$/.test(url)) {
      throw new HubError("malformed_request", {
        field: "links__url",
        explanation: "Each link has a name and a url that begins with http:// or https://.",
      });
    }
    return { name: name.slice(0, TEXT_LENGTH_MAX), url };
  });
}

/** `name`, `company`, `keywords` and `sort`, as `NamespaceFilter` has them. */
function readFilters(query: URLSearchParams) {
  const name = readFilter(query, "name");
  const company = readFilter(query, "company");
  const keywords = query.getAll("keywords").map((word) => word.toLowerCase());
  const sort = query.get("sort") ?? "name";
  const direction = sort.startsWith("-") ? -1 : 1;
  const key = sort.replace(/^-/, "");
  return {
    matches: (namespace: Namespace) =>
      (name ?? namespace.name) === namespace.name &&
      (company ?? namespace.company) === namespace.company &&
      keywords.every((word) => `${namespace.name}\n${namespace.company}`.toLowerCase().includes(word)),
    order: (a: Namespace, b: Namespace) => {
      const [left, right] =
        key === "id" ? [a.number, b.number] : key === "company" ? [a.company, b.company] : [a.name, b.name];
      return direction * (left < right ? -1 : left > right ? 1 : 0);
    },
  };
}

function writeSummary(base: Base, namespace: Namespace) {
  return {
    pulp_href: `${base.path}/pulp/api/v3/pulp_ansible/namespaces/${namespace.number}/`,
    id: namespace.number,
    name: namespace.name,
    company: namespace.company,
    email: namespace.email,
    avatar_url: namespace.avatarUrl,
    description: namespace.description,
    groups: [],
    users: [],
    related_fields: {},
    metadata_sha256: null,
    avatar_sha256: null,
  };
}

function writeNamespace(base: Base, namespace: Namespace) {
  return { ...writeSummary(base, namespace), links: namespace.links, resources: namespace.resources };
}
