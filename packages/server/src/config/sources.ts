import { isMap, isScalar, isSeq, LineCounter, type Pair, parseDocument } from "yaml";
import { type Mistake, showValue } from "./mistakes.ts";
import { nearestName } from "./nearest-name.ts";
import { flagOf, GIVEN_NAMES, OPTION_KEYS, OPTIONS, yamlKeyOf } from "./options.ts";

/** The content of one source: texts by option name (`_FILE` forms included), and its mistakes. */
export interface Source {
  readonly label: (name: string) => string;
  readonly texts: ReadonlyMap<string, string>;
  readonly mistakes: readonly Mistake[];
}

export type Environment = Readonly<Record<string, string | undefined>>;

const LIST_NAMES = new Set<string>(
  OPTION_KEYS.filter((key) => OPTIONS[key].type.isList).map((key) => OPTIONS[key].name),
);
const SECRET_NAMES = new Set<string>(
  OPTION_KEYS.filter((key) => OPTIONS[key].secret).map((key) => OPTIONS[key].name),
);
const NAME_OF_FLAG = new Map(GIVEN_NAMES.map((name) => [flagOf(name), name]));
const NAME_OF_YAML_KEY = new Map(
  GIVEN_NAMES.flatMap((name) => [[yamlKeyOf(name), name] as const, [name, name] as const]),
);

/** The option's name as every source could have written it, without what marks the source. */
function bareName(written: string): string {
  return written
    .toUpperCase()
    .replaceAll("-", "_")
    .replace(/^__/, "")
    .replace(/^MINTMARK_/, "");
}

const NAME_OF_BARE = new Map(GIVEN_NAMES.map((name) => [bareName(name), name]));

/** `what`, and the option that was probably meant, in the spelling of its source. */
function orRather(what: string, written: string, spell: (name: string) => string): string {
  const nearest = NAME_OF_BARE.get(nearestName(bareName(written), [...NAME_OF_BARE.keys()]) ?? "");
  return nearest === undefined ? what : `${what}; did you mean ${spell(nearest)}?`;
}

const COMMAND_LINE = "command line";
const FLAG_ALLOWED = "the flags that --help lists, each followed by its value";

/**
 * `--name value` and `--name=value`; a flag needs the second form where its value begins with two hyphens.
 */
export function readFlags(argv: readonly string[]): Source {
  const texts = new Map<string, string>();
  const mistakes: Mistake[] = [];
  for (let index = 0; index < argv.length; index += 1) {
    const { flag, name, text, words } = flagAt(argv, index);
    if (flag === undefined) {
      // The word is not shown: it may be the rest of an unquoted password.
      const found = "a word that belongs to no flag";
      mistakes.push({ option: `argument ${index + 1}`, source: COMMAND_LINE, found, allowed: FLAG_ALLOWED });
    } else if (name === undefined) {
      const allowed = orRather(FLAG_ALLOWED, flag, flagOf);
      mistakes.push({
        option: showName(flag),
        source: COMMAND_LINE,
        found: "a flag that is not known",
        allowed,
      });
    } else if (text === undefined || texts.has(name)) {
      const found = text === undefined ? "no value" : "the flag more than once";
      const allowed = `${flag} once, with a value (${flag}=… where it begins with --)`;
      mistakes.push({ option: name, source: `flag ${flag}`, found, allowed });
    } else {
      texts.set(name, text);
    }
    index += words - 1;
  }
  return { label: (name) => `flag ${flagOf(name)}`, texts, mistakes };
}

interface FlagWords {
  readonly flag: string | undefined;
  readonly name: string | undefined;
  readonly text: string | undefined;
  /** How many words of the command line it takes. */
  readonly words: number;
}

function flagAt(argv: readonly string[], index: number): FlagWords {
  const word = argv[index] ?? "";
  if (!word.startsWith("--")) {
    return { flag: undefined, name: undefined, text: undefined, words: 1 };
  }
  const [flag = word] = word.split("=", 1);
  const name = NAME_OF_FLAG.get(flag);
  if (flag !== word) {
    return { flag, name, text: word.slice(flag.length + 1), words: 1 };
  }
  const next = argv[index + 1];
  // Behind a secret's flag only a known flag is one: a password that begins with hyphens must not be quoted
  // as an unknown flag.
  const looksLikeFlag = SECRET_NAMES.has(name ?? "")
    ? NAME_OF_FLAG.has(next?.split("=", 1)[0] ?? "")
    : next?.startsWith("--");
  return next === undefined || looksLikeFlag
    ? { flag, name, text: undefined, words: 1 }
    : { flag, name, text: next, words: 2 };
}

/** The keys for MINTMARK_ARTIFACTS under the names that S3's own tools read; any other source wins. */
export function readAwsEnvironment(env: Environment): Source {
  const { AWS_ACCESS_KEY_ID: id, AWS_SECRET_ACCESS_KEY: secret } = env;
  const hasBoth = id !== undefined && secret !== undefined && id !== "" && secret !== "";
  const texts = new Map(hasBoth ? [[OPTIONS.artifactsKey.name, `${id} ${secret}`]] : []);
  return { label: () => "environment AWS_ACCESS_KEY_ID", texts, mistakes: [] };
}

// Kubernetes sets MINTMARK_PORT=tcp://…, MINTMARK_SERVICE_HOST and more in every pod of a namespace with a
// Service called "mintmark".
// https://kubernetes.io/docs/tutorials/services/connect-applications-service/#environment-variables
const SERVICE_LINK_NAME = /^MINTMARK_(?:SERVICE_(?:HOST|PORT)|PORT_[0-9]+_)/;
const SERVICE_LINK_ALLOWED =
  "options only; Kubernetes sets this one for a Service called mintmark: give the pod `enableServiceLinks: false`";

export function readEnvironment(environment: Environment): Source {
  const source = "environment";
  const texts = new Map<string, string>();
  const mistakes: Mistake[] = [];
  for (const [name, text] of Object.entries(environment)) {
    if (text === undefined || !name.startsWith("MINTMARK_")) {
      continue;
    }
    if (SERVICE_LINK_NAME.test(name) || (name === OPTIONS.port.name && text.startsWith("tcp://"))) {
      mistakes.push({
        option: showName(name),
        source,
        found: "a service link",
        allowed: SERVICE_LINK_ALLOWED,
      });
    } else if (GIVEN_NAMES.includes(name)) {
      texts.set(name, text);
    } else {
      const allowed = orRather(
        "options only, where a name begins with MINTMARK_",
        name,
        (nearest) => nearest,
      );
      mistakes.push({ option: showName(name), source, found: "a variable that is not known", allowed });
    }
  }
  return { label: () => source, texts, mistakes };
}

const YAML_ALLOWED = "a YAML mapping of option names to values";

/**
 * The YAML file's own messages are not passed on: they quote the line at fault, and that line may hold a
 * secret.
 */
export function readYaml(content: string, path: string): Source {
  const lines = new LineCounter();
  // The failsafe schema leaves every scalar the text that was written, so that `0123` and `1e3` stay what
  // they are.
  const document = parseDocument(content, {
    schema: "failsafe",
    prettyErrors: false,
    lineCounter: lines,
    logLevel: "silent",
  });
  const texts = new Map<string, string>();
  const source = `yaml ${path}`;
  const mistakes: Mistake[] = document.errors.map((error) => {
    const { line, col } = lines.linePos(error.pos[0]);
    return {
      option: "MINTMARK_CONFIG",
      source,
      found: `broken YAML at line ${line}, column ${col} (${error.code})`,
      allowed: YAML_ALLOWED,
    };
  });
  if (mistakes.length === 0 && isMap(document.contents)) {
    for (const pair of document.contents.items) {
      const mistake = readPair(pair, texts);
      if (mistake) {
        mistakes.push({ ...mistake, source });
      }
    }
  } else if (mistakes.length === 0 && !isEmpty(document.contents)) {
    mistakes.push({
      option: "MINTMARK_CONFIG",
      source,
      found: "something that is no mapping",
      allowed: YAML_ALLOWED,
    });
  }
  return { label: () => source, texts, mistakes };
}

function isEmpty(contents: unknown): boolean {
  return contents === null || (isScalar(contents) && contents.value === "");
}

function readPair({ key, value }: Pair, texts: Map<string, string>): Omit<Mistake, "source"> | undefined {
  const written = isScalar(key) && typeof key.value === "string" ? key.value : "";
  const name = NAME_OF_YAML_KEY.get(written);
  if (name === undefined) {
    const allowed = orRather("the names of options, in lower case and without MINTMARK_", written, yamlKeyOf);
    return { option: showName(written), found: "a key that is not known", allowed };
  }
  if (name === OPTIONS.configFile.name) {
    return {
      option: name,
      found: "a file that names another",
      allowed: "one file; give it as a flag or in the environment",
    };
  }
  if (texts.has(name)) {
    return { option: name, found: "the option under both of its names", allowed: `${yamlKeyOf(name)} once` };
  }
  const text = textOf(value, { list: LIST_NAMES.has(name) });
  if (text === undefined) {
    return {
      option: name,
      found: "a nested value",
      allowed: LIST_NAMES.has(name) ? "a plain value or a sequence of them" : "a plain value",
    };
  }
  texts.set(name, text);
  return undefined;
}

function textOf(node: unknown, { list }: { readonly list: boolean }): string | undefined {
  if (isScalar(node)) {
    return typeof node.value === "string" ? node.value : "";
  }
  if (!list || !isSeq(node)) {
    return undefined;
  }
  const items = node.items.map((item) => textOf(item, { list: false }));
  return items.every((item) => item !== undefined) ? items.join(",") : undefined;
}

function showName(name: string): string {
  return /^[\w-]{1,64}$/.test(name) ? name : showValue(name, { secret: false });
}
