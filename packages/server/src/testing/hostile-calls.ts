import fc from "fast-check";
import type { Call } from "./harness.ts";

/** A place of a request in which hostile input may stand. */
export interface Place {
  readonly name: string;
  /** How much input is allowed there. */
  readonly bytes: number;
  /** The request with this input. */
  call(input: Input): Call;
}

/** Input of one size: a text, the same text as many words, or a structure as deep as it is long. */
export interface Input {
  readonly shape: "text" | "words" | "distinct words" | "objects" | "nested";
  readonly piece: string;
  readonly bytes: number;
}

/** Pieces that mean something to a parser: of scopes, addresses, headers, JSON, base64 or paths. */
const PIECES = [
  ..."a*:/.,;=&%+ -_|\\\"'()[]{}<>@#?!~^$0\té日",
  "a*",
  "*.b",
  "eyJ",
  "mmt_",
  "..",
  "::",
  "1.1.1.1",
  "2001:db8::1/64",
  "10.0.0.0/8",
  "repository:a/b:pull",
  "collection:*.x:download",
  "%41",
  "%",
  "--",
  "\r\n",
  "A=",
  "https://a@b:1/",
  "1.0.0-rc.1+",
  "P1D",
  "9999999999",
] as const;

/** A short piece that is repeated to fill the allowed size. */
export const hostilePieces = fc
  .array(fc.constantFrom(...PIECES), { minLength: 1, maxLength: 5 })
  .map((pieces) => pieces.join(""));

export const shapes = fc.constantFrom("text", "words", "distinct words", "objects", "nested") as fc.Arbitrary<
  Input["shape"]
>;

function textOf({ piece, bytes }: Input): string {
  return piece.repeat(Math.ceil(bytes / piece.length)).slice(0, bytes);
}

/** The input as one JSON value. */
function jsonOf(input: Input): string {
  const { shape, piece, bytes } = input;
  switch (shape) {
    case "text":
      return jsonText(textOf(input), bytes);
    case "words":
      return list(bytes, () => JSON.stringify(piece));
    case "distinct words":
      return list(bytes, (at) => JSON.stringify(`${piece}${at.toString(36)}`));
    case "objects":
      return list(bytes, (at) => JSON.stringify({ [`${piece}${at.toString(36)}`]: piece }));
    case "nested":
      return "[".repeat(bytes / 2) + "]".repeat(bytes / 2);
  }
}

/** As much of the text as has room in the JSON, where quotes and control characters take more of it. */
function jsonText(text: string, bytes: number): string {
  const whole = JSON.stringify(text);
  return whole.length <= bytes ? whole : JSON.stringify(text.slice(0, (bytes * bytes) / whole.length - 12));
}

function list(bytes: number, item: (at: number) => string): string {
  const items: string[] = [];
  let length = 2;
  for (let at = 0; length < bytes; at += 1) {
    const text = item(at);
    items.push(text);
    length += text.length + 1;
  }
  return `[${items.join(",")}]`;
}

const HERE = "__here__";

/** Every value of a JSON body, one place each, and a member that nobody knows. */
export function placesOfJson(name: string, call: Call, bytes: number): readonly Place[] {
  const json = call.json as Readonly<Record<string, unknown>>;
  const members = [...Object.keys(json), "unknown"];
  return members.map((member) => {
    const template = JSON.stringify({ ...json, [member]: HERE });
    return {
      name: `${name} ${member}`,
      bytes,
      call: (input) => {
        const { json: _, ...rest } = call;
        const raw = template.replace(`"${HERE}"`, () => jsonOf(input));
        return { ...rest, headers: { ...call.headers, "content-type": "application/json" }, raw };
      },
    };
  });
}

/** Every field of a form. */
export function placesOfForm(name: string, call: Call, bytes: number): readonly Place[] {
  const form = call.form as Readonly<Record<string, string>>;
  return Object.keys(form).map((field) => ({
    name: `${name} ${field}`,
    bytes,
    call: (input) => ({ ...call, form: formWith(form, field, input) }),
  }));
}

function formWith(form: Readonly<Record<string, string>>, field: string, input: Input): string {
  const others = new URLSearchParams({ ...form });
  others.delete(field);
  return `${others}&${pairs(field, input)}`;
}

/** One long value, or the field as often as there is room. */
function pairs(field: string, input: Input): string {
  const { shape, piece, bytes } = input;
  if (shape === "text" || shape === "nested") {
    return `${field}=${encodeURIComponent(textOf(input)).slice(0, bytes)}`;
  }
  const one = (at: number) =>
    `${field}=${encodeURIComponent(shape === "words" ? piece : piece + at.toString(36))}`;
  const all: string[] = [];
  for (let at = 0, length = 0; length < bytes; at += 1) {
    const text = one(at);
    all.push(text);
    length += text.length + 1;
  }
  return all.join("&");
}

/** One parameter of a list. */
export function placeOfQuery(path: string, parameter: string, bytes: number): Place {
  return {
    name: `${path}?${parameter}`,
    bytes,
    call: (input) => ({ url: `${path}?${pairs(parameter, input)}` }),
  };
}

/** The parts of an upload's form that are read before the file's bytes are. */
export function placesOfMultipart(url: string, bytes: number): readonly Place[] {
  const boundary = "mintmark-boundary";
  const part = (headers: string, body: string) => `--${boundary}\r\n${headers}\r\n\r\n${body}\r\n`;
  const disposition = 'Content-Disposition: form-data; name="file"; filename="acme-tools-1.0.0.tar.gz"';
  const many = (input: Input, write: (at: number) => string) => {
    const parts: string[] = [];
    for (let at = 0, length = 0; length < input.bytes; at += 1) {
      parts.push(write(at));
      length += parts[at]?.length ?? 0;
    }
    return parts.join("");
  };
  const places: Readonly<Record<string, (input: Input) => string>> = {
    "file name": (input) =>
      part(`Content-Disposition: form-data; name="file"; filename="${textOf(input)}"`, ""),
    "field name": (input) => part(`Content-Disposition: form-data; name="${textOf(input)}"`, "x"),
    disposition: (input) => part(`Content-Disposition: ${textOf(input)}`, "x"),
    header: (input) => part(`${disposition}\r\nX-Other: ${textOf(input)}`, "x"),
    headers: (input) => part(`${disposition}${many(input, (at) => `\r\nX-${at}: ${input.piece}`)}`, "x"),
    checksum: (input) => part('Content-Disposition: form-data; name="sha256"', textOf(input)),
    parts: (input) => many(input, (at) => part(`Content-Disposition: form-data; name="${at}"`, input.piece)),
    boundaries: (input) =>
      part(
        disposition,
        many(input, () => `\r\n--${boundary}${input.piece}`),
      ),
    "bytes of the file": (input) => part(disposition, textOf(input)),
    preamble: (input) => textOf(input),
  };
  return Object.entries(places).map(([name, body]) => ({
    name: `multipart ${name}`,
    bytes,
    call: (input) => ({
      method: "POST",
      url,
      headers: { "content-type": `multipart/form-data; boundary=${boundary}` },
      raw: `${body(input)}--${boundary}--\r\n`,
    }),
  }));
}
