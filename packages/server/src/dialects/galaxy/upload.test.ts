import { readFile } from "node:fs/promises";
import { Readable } from "node:stream";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { HubError } from "../../core/errors.ts";
import { sha256Hex } from "../../testing/collection-tarball.ts";
import { type ScratchArtifacts, scratchArtifacts } from "../../testing/scratch-artifacts.ts";
import { readUpload, type Upload, type UploadSource } from "./upload.ts";

let artifacts: ScratchArtifacts;

beforeEach(async () => {
  artifacts = await scratchArtifacts();
});
afterEach(async () => {
  await artifacts.remove();
});

const BOUNDARY = "----AnsibleFormBoundary7MA4YWxk";
const CONTENT_TYPE = `multipart/form-data; boundary=${BOUNDARY}`;

interface Part {
  readonly name: string;
  readonly filename?: string;
  readonly encoding?: string;
  readonly content: string | Buffer;
}

function multipart(...parts: readonly Part[]): Buffer {
  const pieces = parts.flatMap(({ name, filename, encoding, content }) => [
    Buffer.from(
      `--${BOUNDARY}\r\nContent-Disposition: form-data; name="${name}"${filename === undefined ? "" : `; filename="${filename}"`}\r\n` +
        `Content-Type: ${filename === undefined ? "text/plain" : "application/octet-stream"}\r\n` +
        `${encoding === undefined ? "" : `Content-Transfer-Encoding: ${encoding}\r\n`}\r\n`,
    ),
    Buffer.from(content),
    Buffer.from("\r\n"),
  ]);
  return Buffer.concat([...pieces, Buffer.from(`--${BOUNDARY}--\r\n`)]);
}

/** The body in small pieces, as a network brings it. */
function send(
  body: Buffer,
  options: Partial<UploadSource> & {
    readonly pieceBytes?: number;
    readonly contentType?: string | undefined;
  } = {},
): Promise<Upload> {
  const pieceBytes = options.pieceBytes ?? 1_000;
  const contentType = "contentType" in options ? options.contentType : CONTENT_TYPE;
  const headers = contentType === undefined ? {} : { "content-type": contentType };
  const pieces = Array.from({ length: Math.ceil(body.length / pieceBytes) }, (_, at) =>
    body.subarray(at * pieceBytes, (at + 1) * pieceBytes),
  );
  return readUpload(
    { headers, body: Readable.from(pieces), admit: () => {}, bytesMax: 100e6, ...options },
    artifacts.store,
  );
}

async function stagedLeft(): Promise<number> {
  return (await artifacts.files()).length;
}

const content = Buffer.from(Array.from({ length: 10_000 }, (_, at) => (at * 7919) % 256));
const file: Part = { name: "file", filename: "acme-tools-1.0.0.tar.gz", content };
const checksum: Part = { name: "sha256", content: sha256Hex(content) };

describe("an upload is received", () => {
  // Recorded from ansible-galaxy of Debian 12 (base64 under a quoted boundary full of equals signs) and of
  // 2.22.0rc1 (raw bytes).
  it.each(["2.14", "2.22"])("as ansible-core %s sends it", async (version) => {
    const body = await readFile(
      new URL(`./fixtures/publish-ansible-core-${version}.multipart`, import.meta.url),
    );
    const boundary = body.subarray(2, body.indexOf("\r\n")).toString();
    const contentType = `multipart/form-data; boundary=${boundary.includes("=") ? `"${boundary}"` : boundary}`;
    const { staged, filename } = await send(body, { contentType });
    expect(filename).toBe("acme-tools-1.0.0.tar.gz");
    expect(await artifacts.store.inspect(staged, filename)).toMatchObject({
      ok: true,
      manifest: { namespace: "acme", name: "tools" },
    });
  });

  // galaxy_ng takes the checksum as optional: `curl -F file=@…` sends none.
  it("without a checksum", async () => {
    expect((await send(multipart(file))).staged.sha256).toBe(sha256Hex(content));
  });

  // As ansible 2.9 and galaxykit 0.14 write it: no empty line before the checksum, and a disposition that is
  // no form's.
  it.each([1, 7, 1_000])(
    "from a client whose form is not well formed, in pieces of %i bytes",
    async (pieceBytes) => {
      const body = Buffer.concat([
        Buffer.from(
          `--${BOUNDARY}\r\nContent-Disposition: form-data; name="sha256"\r\n${sha256Hex(content)}\r\n`,
        ),
        Buffer.from(
          `--${BOUNDARY}\r\nContent-Disposition: file; name="file"; filename="acme-tools-1.0.0.tar.gz"\r\n` +
            "Content-Type: application/octet-stream\r\n\r\n",
        ),
        content,
        Buffer.from(`\r\n--${BOUNDARY}--`),
      ]);
      const { staged, filename } = await send(body, { pieceBytes });
      expect([filename, staged.sha256]).toEqual(["acme-tools-1.0.0.tar.gz", sha256Hex(content)]);
    },
  );

  it("whose content looks like the head of a form, byte by byte as it is", async () => {
    const sly = Buffer.from(`Content-Disposition: file; name="file"\r\n${"0".repeat(64)}\r\n`);
    expect((await send(multipart({ ...file, content: sly }))).staged.sha256).toBe(sha256Hex(sly));
  });

  it("with its parts in any order, others between them", async () => {
    const { staged } = await send(
      multipart(
        { name: "note", content: "x".repeat(5_000) },
        checksum,
        { name: "other", filename: "b", content: "y" },
        file,
      ),
    );
    expect(staged).toMatchObject({ sha256: sha256Hex(content), size: content.length });
    expect(await stagedLeft()).toBe(1);
  });

  it.each([1, 2, 3, 7, 64, 100_000])("in pieces of %i bytes", async (pieceBytes) => {
    const encoded = content.toString("base64").replace(/.{76}/g, "$&\r\n");
    const { staged } = await send(multipart({ ...file, encoding: "base64", content: encoded }, checksum), {
      pieceBytes,
    });
    expect(staged.sha256).toBe(sha256Hex(content));
  });

  it("with its checksum in capitals and white space around it", async () => {
    await send(multipart(file, { name: "sha256", content: ` ${sha256Hex(content).toUpperCase()}\n` }));
  });
});

describe("an upload is refused and leaves nothing behind", () => {
  it.each([
    [
      "with a wrong sha256",
      multipart(file, { name: "sha256", content: "0".repeat(64) }),
      "does not have the sha256",
    ],
    [
      "with an endless sha256",
      multipart(file, { name: "sha256", content: "0".repeat(10_000) }),
      "There must be one part named sha256",
    ],
    ["with two sha256", multipart(checksum, file, checksum), "There must be one part named sha256"],
    ["without a file", multipart(checksum), "The part named file is missing."],
    ["with two files", multipart(file, file, checksum), "There must be one part named file."],
    ["without any part", Buffer.from(`--${BOUNDARY}--\r\n`), "The part named file is missing."],
    [
      "with broken base64",
      multipart({ ...file, encoding: "base64", content: "abc*" }, checksum),
      "not whole base64",
    ],
    [
      "with base64 cut short",
      multipart({ ...file, encoding: "base64", content: "abcde" }, checksum),
      "not whole base64",
    ],
    [
      "with base64 after its end",
      multipart({ ...file, encoding: "base64", content: "ab==ab==" }, checksum),
      "not whole base64",
    ],
    [
      "in an unknown encoding",
      multipart({ ...file, encoding: "x-uuencode" }, checksum),
      "Content-Transfer-Encoding",
    ],
    ["that is no multipart at all", Buffer.from("hello"), "cut off or not well formed"],
    ["that is empty", Buffer.alloc(0), "cut off or not well formed"],
  ])("%s", async (_case, body, explanation) => {
    await expect(send(body)).rejects.toMatchObject({
      code: "malformed_request",
      explanation: expect.stringContaining(explanation),
    });
    expect(await stagedLeft()).toBe(0);
  });

  it("when it is cut off anywhere", async () => {
    const body = multipart(checksum, file);
    for (
      let length = 0;
      length < body.length - 6;
      length += length < 600 || length > body.length - 100 ? 7 : 997
    ) {
      await expect(send(body.subarray(0, length)), `${length} bytes`).rejects.toMatchObject({
        code: "malformed_request",
      });
    }
    expect(await stagedLeft()).toBe(0);
  });

  it("when the client goes away", async () => {
    const body = multipart(checksum, file);
    const breaking = Readable.from(
      (async function* () {
        yield body.subarray(0, 2_000);
        throw new Error("aborted");
      })(),
    );
    await expect(send(body, { body: breaking })).rejects.toMatchObject({ code: "malformed_request" });
    expect(await stagedLeft()).toBe(0);
  });

  it.each(["raw", "base64"])(
    "when its file, %s, has more bytes than the limit, which counts after decoding",
    async (way) => {
      const large = Buffer.alloc(300_000, "x");
      const part =
        way === "raw"
          ? { ...file, content: large }
          : { ...file, encoding: "base64", content: large.toString("base64") };
      const sound = { name: "sha256", content: sha256Hex(large) };
      await send(multipart(part, sound), { bytesMax: 300_000 });
      await expect(send(multipart(part, sound), { bytesMax: 299_999 })).rejects.toMatchObject({
        code: "body_too_large",
      });
      expect(await stagedLeft()).toBe(1);
    },
  );

  it("when it announces more than is taken, before it is read", async () => {
    const body = Readable.from([]);
    const headers = { "content-type": CONTENT_TYPE, "content-length": "900000000" };
    await expect(send(Buffer.alloc(0), { body, headers })).rejects.toMatchObject({
      code: "body_too_large",
      explanation: "The file is larger than 100 MB, the largest that this hub accepts.",
    });
    expect(body.readableEnded).toBe(false);
  });

  it("when its other parts have no end", async () => {
    const body = multipart({ name: "note", content: Buffer.alloc(3 * 1024 * 1024, "x") }, file, checksum);
    await expect(send(body, { bytesMax: 100_000, pieceBytes: 65_536 })).rejects.toMatchObject({
      code: "body_too_large",
    });
    expect(await stagedLeft()).toBe(0);
  });

  it.each([undefined, "application/json", "multipart/form-data", "text/plain; boundary=x"])(
    "when its content type is %s",
    async (contentType) => {
      await expect(send(multipart(file, checksum), { contentType })).rejects.toMatchObject({
        code: "unsupported_media_type",
      });
    },
  );

  it("when its boundary is missing", async () => {
    await expect(
      send(multipart(file, checksum), { contentType: "multipart/form-data; charset=x" }),
    ).rejects.toMatchObject({
      code: "malformed_request",
    });
  });

  // ansible-galaxy sends the whole body before it reads the answer: it must be read to its end, or the client
  // sees a broken pipe.
  it("when the sender may not publish it, after reading the body to its end", async () => {
    const body = Readable.from([
      multipart(file, checksum).subarray(0, 3_000),
      multipart(file, checksum).subarray(3_000),
    ]);
    const admit = () => {
      throw new HubError("forbidden");
    };
    await expect(send(Buffer.alloc(0), { body, admit })).rejects.toMatchObject({ code: "forbidden" });
    expect(body.readableEnded).toBe(true);
    expect(await stagedLeft()).toBe(0);
  });
});
