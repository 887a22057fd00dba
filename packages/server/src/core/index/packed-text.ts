import { type Credential, UNTOUCHED } from "../credential/credential.ts";
import { KINDS } from "../credential/kinds.ts";

/** What few credentials have. Absent members are as with a credential to which nothing has happened. */
type Unusual = Partial<
  Omit<Credential, "sealedSecret" | "title" | "digest" | "scopes"> & { readonly sealedSecret: string }
>;

/** The life of a credential to which nothing has happened, but for what has a place of its own. */
const { selfRotate: _selfRotate, generation: _generation, createdBy: _createdBy, ...USUAL } = UNTOUCHED;
const USUAL_NAMES = Object.keys(USUAL) as (keyof typeof USUAL)[];

/** The fields of a credential that are kept as text. */
export type TextFields = Pick<Credential, keyof typeof USUAL | "title" | "hint" | "end" | "sealedSecret"> & {
  readonly lastAddress: string | null;
};

/** Flags that say what the text of a record holds. */
const TITLED = 1;
const ADDRESSED = 2;
const UNUSUAL = 4;

export interface PackedText {
  readonly text: string;
  readonly flags: number;
  /** The last four characters of the secret, a byte each; 0 if the hint is among the unusual fields. */
  readonly hint: number;
}

/**
 * Title, hint and rare fields of a credential as text: the unusual fields as JSON, the address of the last
 * use and the title, each on a line. Most credentials have a title alone, which is then the text itself.
 */
export function packText(credential: Credential): PackedText {
  const { title, lastUse, kind } = credential;
  const hint = packHint(credential.hint, KINDS[kind].mark);
  const unusual = unusualOf(credential, hint);
  const address = lastUse?.address ?? null;
  let text = title ?? "";
  let flags = title === null ? 0 : TITLED;
  if (address !== null) {
    text = `${JSON.stringify(address)}\n${text}`;
    flags |= ADDRESSED;
  }
  if (unusual !== null) {
    text = `${JSON.stringify(unusual)}\n${text}`;
    flags |= UNUSUAL;
  }
  return { text, flags, hint };
}

/** The fields that `packText` made this of. */
export function unpackText({ text, flags, hint }: PackedText, mark: string): TextFields {
  let rest = text;
  let unusual: Unusual = {};
  let lastAddress: string | null = null;
  // JSON has no line break, so each piece ends at the first one.
  if ((flags & UNUSUAL) !== 0) {
    const end = rest.indexOf("\n");
    unusual = JSON.parse(rest.slice(0, end)) as Unusual;
    rest = rest.slice(end + 1);
  }
  if ((flags & ADDRESSED) !== 0) {
    const end = rest.indexOf("\n");
    lastAddress = JSON.parse(rest.slice(0, end)) as string;
    rest = rest.slice(end + 1);
  }
  const { sealedSecret } = unusual;
  return {
    title: (flags & TITLED) === 0 ? null : rest,
    hint: unusual.hint ?? unpackHint(hint, mark),
    end: unusual.end ?? null,
    sealedSecret: sealedSecret === undefined ? null : Buffer.from(sealedSecret, "base64"),
    lastAddress,
    note: unusual.note ?? USUAL.note,
    addresses: unusual.addresses ?? USUAL.addresses,
    addressTrial: unusual.addressTrial ?? USUAL.addressTrial,
    formerName: unusual.formerName ?? USUAL.formerName,
    frozen: unusual.frozen ?? USUAL.frozen,
    idleFrom: unusual.idleFrom ?? USUAL.idleFrom,
    touchedAt: unusual.touchedAt ?? USUAL.touchedAt,
    touches: unusual.touches ?? USUAL.touches,
    rotation: unusual.rotation ?? USUAL.rotation,
    dismissedAt: unusual.dismissedAt ?? USUAL.dismissedAt,
  };
}

function unusualOf(credential: Credential, hint: number): Unusual | null {
  const fields: [string, unknown][] = USUAL_NAMES.filter((name) => credential[name] !== USUAL[name]).map(
    (name) => [name, credential[name]],
  );
  if (credential.end !== null) {
    fields.push(["end", credential.end]);
  }
  if (credential.sealedSecret !== null) {
    fields.push(["sealedSecret", credential.sealedSecret.toString("base64")]);
  }
  if (hint === 0) {
    fields.push(["hint", credential.hint]);
  }
  return fields.length === 0 ? null : (Object.fromEntries(fields) as Unusual);
}

/** The four characters behind `mark…`, or 0 for a hint of another form. */
function packHint(hint: string, mark: string): number {
  const shown = hint.slice(-4);
  if (hint !== `${mark}…${shown}` || !/^[\x21-\x7e]{4}$/.test(shown)) {
    return 0;
  }
  return (
    shown.charCodeAt(0) |
    (shown.charCodeAt(1) << 8) |
    (shown.charCodeAt(2) << 16) |
    (shown.charCodeAt(3) << 24)
  );
}

function unpackHint(hint: number, mark: string): string {
  const shown = String.fromCharCode(hint & 255, (hint >>> 8) & 255, (hint >>> 16) & 255, hint >>> 24);
  return `${mark}…${shown}`;
}
