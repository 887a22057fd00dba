import { afterEach, beforeEach, expect, it } from "vitest";
import type {
  CollectionImport,
  CollectionTexts,
  CollectionVersion,
  VersionPage,
} from "../core/collection/ports.ts";
import type { Store } from "../core/store.ts";

/**
 * The contract of every store for collections. Call it inside `describe`, with a function that opens an empty
 * store.
 */
export function collectionsContract(openStore: () => Promise<Store>): void {
  let store: Store;

  beforeEach(async () => {
    store = await openStore();
  });
  afterEach(async () => {
    await store.close();
  });

  function insert(version: CollectionVersion, texts: CollectionTexts = TEXTS): Promise<CollectionVersion> {
    return store.write((writes) => writes.collections.insertVersion({ ...version, ...texts }));
  }

  it("a version is found as it was inserted", async () => {
    const version = versionOf({ requiresAnsible: ">=2.14", size: 5_000_000_000 });
    expect(await insert(version)).toEqual(version);
    expect(await store.read.collections.findVersion(version)).toEqual(version);
    expect(await store.read.collections.hasArtifact(version.sha256)).toBe(true);
    expect(await store.read.collections.hasArtifact("f".repeat(64))).toBe(false);
    expect(await store.read.collections.findVersion({ ...version, version: "9.0.0" })).toBeNull();
  });

  it("the two texts are read in pieces of code points, and only they", async () => {
    const version = versionOf({});
    await insert(version, { manifestJson: '{"a":"é"}', filesJson: '["😀","日本"]' });
    const { collections } = store.read;
    const read = (of: keyof CollectionTexts, from: number, length: number) =>
      collections.readText(version, { of, from, length });

    expect(await read("manifestJson", 0, 100)).toBe('{"a":"é"}');
    expect(await read("filesJson", 0, 3)).toBe('["😀');
    expect(await read("filesJson", 3, 3)).toBe('","');
    expect(await read("filesJson", 6, 100)).toBe('日本"]');
    expect(await read("filesJson", 10, 100)).toBe("");
    const another = { ...version, version: "9.0.0" };
    expect(await collections.readText(another, { of: "filesJson", from: 0, length: 1 })).toBeNull();
  });

  // Two publishers of one version at the same moment: the first one stands, both are told which.
  it("of several that insert one version, one wins and all are given it", async () => {
    const rivals = ["a", "b", "c"].map((letter) => versionOf({ id: letter, sha256: letter.repeat(64) }));
    const standing = await Promise.all(rivals.map((rival) => insert(rival)));
    expect(new Set(standing.map(({ id }) => id)).size).toBe(1);
    expect(
      (await store.read.collections.listVersions(rivals[0] as CollectionVersion, { limit: 10, offset: 0 }))
        .count,
    ).toBe(1);
  });

  it("a version whose transaction fails is not there", async () => {
    const failing = store.write(async (writes) => {
      await writes.collections.insertVersion({ ...versionOf({}), ...TEXTS });
      throw new Error("on purpose");
    });
    await expect(failing).rejects.toBeDefined();
    expect(await store.read.collections.findVersion(versionOf({}))).toBeNull();
  });

  it("versions come by precedence, in pages, with the count of all", async () => {
    for (const version of ["1.10.0", "1.9.0", "2.0.0-rc.1", "2.0.0-alpha.2", "2.0.0-alpha.10", "1.0.0"]) {
      await insert(versionOf({ id: version, version }));
    }
    const { collections } = store.read;
    const first = await collections.listVersions(versionOf({}), { limit: 4, offset: 0 });
    const second = await collections.listVersions(versionOf({}), { limit: 4, offset: 4 });
    expect([...first.items, ...second.items].map(({ version }) => version)).toEqual([
      "2.0.0-rc.1",
      "2.0.0-alpha.10",
      "2.0.0-alpha.2",
      "1.10.0",
      "1.9.0",
      "1.0.0",
    ]);
    expect([first.count, second.count]).toEqual([6, 6]);
  });

  it("a collection has its highest version, passing over pre-releases, and the times of its first and last", async () => {
    await insert(versionOf({ id: "1", version: "1.9.0", createdAt: 1_000 }));
    await insert(versionOf({ id: "2", version: "1.10.0", createdAt: 2_000 }));
    await insert(versionOf({ id: "3", version: "2.0.0-rc.1", createdAt: 3_000 }));
    await insert(versionOf({ id: "4", name: "young", version: "0.1.0-alpha" }));
    await insert(versionOf({ id: "5", name: "young", version: "0.1.0-beta" }));
    const names = [
      { namespace: "acme", name: "young" },
      { namespace: "acme", name: "tools" },
      { namespace: "acme", name: "none" },
    ];
    expect(await store.read.collections.findCollections(names)).toEqual([
      { namespace: "acme", name: "young", highestVersion: "0.1.0-beta", createdAt: 1_000, updatedAt: 1_000 },
      { namespace: "acme", name: "tools", highestVersion: "1.10.0", createdAt: 1_000, updatedAt: 3_000 },
    ]);
    expect(await store.read.collections.findCollections([])).toEqual([]);
  });

  it("names come in the same order on every database, whatever its locale", async () => {
    for (const name of ["b_a", "ba", "b", "a", "b1"]) {
      await insert(versionOf({ id: name, name }));
    }
    await insert(versionOf({ id: "other", namespace: "other", name: "c" }));
    const namesIn = async (namespace?: string) =>
      (await store.read.collections.collectionNames(namespace)).map(({ name }) => name);
    expect(await namesIn("acme")).toEqual(["a", "b", "b1", "b_a", "ba"]);
    expect(await namesIn("other")).toEqual(["c"]);
    expect(await namesIn()).toHaveLength(6);
  });

  it("every version has its place, the highest of each collection marked", async () => {
    for (const version of ["1.9.0", "1.10.0", "2.0.0-rc.1"]) {
      await insert(versionOf({ id: version, version }));
    }
    await insert(versionOf({ id: "young", name: "young", version: "0.1.0-beta" }));
    const { collections } = store.read;
    const places = await collections.versionPlaces({ namespace: "acme" });
    expect(places.map(({ name, version, isHighest }) => [name, version, isHighest])).toEqual([
      ["tools", "2.0.0-rc.1", false],
      ["tools", "1.10.0", true],
      ["tools", "1.9.0", false],
      ["young", "0.1.0-beta", true],
    ]);
    const ids = (filter: Parameters<typeof collections.versionPlaces>[0]) =>
      collections.versionPlaces(filter).then((found) => found.map(({ id }) => id));
    expect(await ids({ isHighest: true })).toEqual(["1.10.0", "young"]);
    expect(await ids({ version: "1.9.0", isHighest: true })).toEqual([]);
    expect(await ids({ name: "nobody" })).toEqual([]);
    expect((await collections.findVersions(["young", "none", "1.9.0"])).map(({ id }) => id)).toEqual([
      "young",
      "1.9.0",
    ]);
  });

  it("one version, or all but one, is asked of a collection", async () => {
    for (const version of ["1.0.0", "1.1.0", "1.2.0"]) {
      await insert(versionOf({ id: version, version, createdAt: 5_000 - Number(version[2]) }));
    }
    const list = async (page: Partial<VersionPage>) => {
      const found = await store.read.collections.listVersions(versionOf({}), {
        limit: 9,
        offset: 0,
        ...page,
      });
      expect(found.items).toHaveLength(found.count);
      return found.items.map(({ version }) => version);
    };
    expect(await list({ only: "1.1.0" })).toEqual(["1.1.0"]);
    expect(await list({ except: "1.1.0" })).toEqual(["1.2.0", "1.0.0"]);
    expect(await list({ order: "lowest" })).toEqual(["1.0.0", "1.1.0", "1.2.0"]);
    expect(await list({ order: "newest" })).toEqual(["1.0.0", "1.1.0", "1.2.0"]);
    expect(await list({ order: "oldest" })).toEqual(["1.2.0", "1.1.0", "1.0.0"]);
  });

  it("a version that is removed is gone, and only that one", async () => {
    await insert(versionOf({ id: "1", version: "1.0.0" }));
    await insert(versionOf({ id: "2", version: "2.0.0" }));
    const remove = () =>
      store.write((writes) => writes.collections.removeVersion(versionOf({ version: "1.0.0" })));
    expect([await remove(), await remove()]).toEqual([true, false]);
    expect((await store.read.collections.versionPlaces({})).map(({ id }) => id)).toEqual(["2"]);
  });

  it("a namespace comes with its first version, and keeps the words it is given", async () => {
    const words = { company: "Acme", email: "", avatarUrl: "", description: "", resources: "", links: [] };
    const make = (name: string) =>
      store.write((writes) => writes.collections.insertNamespace(name, words, 7_000));
    await insert(versionOf({ createdAt: 6_000 }));
    expect([await make("beta"), await make("acme")]).toEqual([true, false]);
    await store.write((writes) => writes.collections.updateNamespace("acme", { description: "Tools" }));
    const beta = { ...words, name: "beta", number: 2, createdAt: 7_000 };
    const { collections } = store.read;
    expect(await collections.listNamespaces({ after: "", limit: 9 })).toEqual([
      { ...words, name: "acme", number: 1, company: "", description: "Tools", createdAt: 6_000 },
      beta,
    ]);
    expect(await collections.listNamespaces({ after: "acme", limit: 9 })).toEqual([beta]);
    expect(await collections.listNamespaces({ after: "", limit: 1 })).toHaveLength(1);
    await store.write((writes) => writes.collections.removeNamespace("beta"));
    expect(await store.read.collections.findNamespace("beta")).toBeNull();
  });

  it("the record of an import is kept until it is old", async () => {
    const record: CollectionImport = {
      id: "i1",
      accountId: "a1",
      namespace: "acme",
      name: "tools",
      version: "1.0.0",
      state: "failed",
      createdAt: 1_000,
      startedAt: 1_000,
      finishedAt: 2_000,
      error: { code: "invalid_collection", description: "'größe.yml' \u0000" },
      messages: [{ level: "ERROR", message: "x", at: 2_000 }],
    };
    await store.write((writes) => writes.collections.insertImport(record));
    expect(await store.read.collections.findImport("i1")).toEqual(record);
    await store.write((writes) => writes.collections.purgeImportsBefore(1_000));
    expect(await store.read.collections.findImport("i1")).toEqual(record);
    await store.write((writes) => writes.collections.purgeImportsBefore(1_001));
    expect(await store.read.collections.findImport("i1")).toBeNull();
  });
}

const TEXTS: CollectionTexts = { manifestJson: '{"format": 1}', filesJson: '{"files": [], "format": 1}' };

function versionOf(changes: Partial<CollectionVersion>): CollectionVersion {
  const version: CollectionVersion = {
    id: "v1",
    namespace: "acme",
    name: "tools",
    version: "1.0.0",
    sha256: "0".repeat(64),
    size: 1_000,
    requiresAnsible: null,
    createdAt: 1_000,
    manifest: {
      namespace: "acme",
      name: "tools",
      version: "1.0.0",
      authors: ["Ada"],
      description: null,
      license: [],
      tags: [],
      dependencies: { "acme.base": "*" },
      repository: null,
      documentation: null,
      homepage: null,
      issues: null,
      filesSha256: "0".repeat(64),
    },
    publishedBy: "a1",
  };
  return { ...version, ...changes };
}
