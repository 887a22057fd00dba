import { X509Certificate } from "node:crypto";
import { type Mistake, showValue } from "./mistakes.ts";
import { type Config, fileFormOf, OPTION_KEYS, OPTIONS, type Option, type OptionKey } from "./options.ts";
import {
  type Environment,
  readAwsEnvironment,
  readEnvironment,
  readFlags,
  readYaml,
  type Source,
} from "./sources.ts";

export interface ConfigSources {
  /** The arguments after the script's name. */
  readonly argv: readonly string[];
  readonly env: Environment;
  /** Reads the text of a file; throws if it cannot be read. */
  readonly readFile: (path: string) => string;
}

export type ConfigOutcome =
  | {
      readonly outcome: "config";
      readonly config: Config;
      /** Where the value of each option came from, in the words that mistakes use. */
      readonly origins: Readonly<Record<OptionKey, string>>;
      /**
       * The text of each option as it was given, `[secret]` for secrets; null if there is neither a value nor
       * a default.
       */
      readonly texts: Readonly<Record<OptionKey, string | null>>;
    }
  | { readonly outcome: "mistakes"; readonly mistakes: readonly Mistake[] }
  | { readonly outcome: "help" }
  | { readonly outcome: "version" };

/**
 * Flags win over the environment, the environment over the YAML file, that over the defaults; within one
 * source an option and its `_FILE` form exclude each other. Returns every mistake there is, not the first.
 * Touches nothing but `readFile`.
 */
export function loadConfig({ argv, env, readFile }: ConfigSources): ConfigOutcome {
  if (argv.includes("--help") || argv.includes("-h")) {
    return { outcome: "help" };
  }
  if (argv.includes("--version")) {
    return { outcome: "version" };
  }
  const files = fileReader(readFile);
  const outer = [readFlags(argv), readEnvironment(env)];
  const configFile = resolve(OPTIONS.configFile, outer, files);
  const yaml = configFile.value === undefined ? [] : [yamlSource(configFile.value, files)];
  const sources = [...outer, ...yaml, readAwsEnvironment(env)];
  const resolved = OPTION_KEYS.map((key) => [key, resolve<unknown>(OPTIONS[key], sources, files)] as const);
  // The registry gives each key its type; a generic loop over it cannot keep the pairs together for the
  // compiler.
  const config = Object.fromEntries(resolved.map(([key, { value }]) => [key, value])) as Config;
  const mistakes = [
    ...sources.flatMap((source) => source.mistakes),
    ...resolved.flatMap(([, { mistakes }]) => mistakes),
    // Nodes that share a database must share the key: a node cannot verify digests that another key made.
    ...missing(OPTIONS.masterKey, OPTIONS.databaseUrl, sources),
    ...missing(OPTIONS.artifactsKey, OPTIONS.artifacts, sources),
    ...missing(OPTIONS.mailFrom, OPTIONS.mailUrl, sources),
    ...missing(OPTIONS.oidcClientId, OPTIONS.oidcIssuer, sources),
    ...missing(OPTIONS.oidcIssuer, OPTIONS.oidcClientId, sources),
    ...missing(OPTIONS.ldapBase, OPTIONS.ldapUrl, sources),
    ...missing(OPTIONS.ldapUrl, OPTIONS.ldapBase, sources),
    // A name without a password binds as nobody (RFC 4513 §5.1.2).
    ...missing(OPTIONS.ldapBindPassword, OPTIONS.ldapBindDn, sources),
    ...missing(OPTIONS.ldapBindDn, OPTIONS.ldapBindPassword, sources),
    ...badCertificate(OPTIONS.ldapCaFile, config.ldapCaFile, files),
  ];
  return mistakes.length > 0
    ? { outcome: "mistakes", mistakes }
    : { outcome: "config", config: withPublicUrl(config), ...givenIn(resolved) };
}

/** The text and the source of each option that was given. */
function givenIn(resolved: readonly (readonly [OptionKey, Resolved<unknown>])[]) {
  const origins = resolved.map(([key, { source }]) => [key, source]);
  const texts = resolved.map(([key, { text }]) => [key, text]);
  return {
    origins: Object.fromEntries(origins) as Record<OptionKey, string>,
    texts: Object.fromEntries(texts) as Record<OptionKey, string | null>,
  };
}

/** The URL that clients are told if `MINTMARK_PUBLIC_URL` is absent. */
export function defaultPublicUrl(host: string, port: number): string {
  return `http://${host.includes(":") ? `[${host}]` : host}:${port}`;
}

/** With port 0 the URL is not known before the server listens, and stays undefined. */
function withPublicUrl(config: Config): Config {
  const { host, port } = config;
  const known = config.publicUrl ?? (port === 0 ? undefined : defaultPublicUrl(host, port));
  return Object.freeze({ ...config, publicUrl: known });
}

interface Resolved<T> {
  readonly value: T | undefined;
  readonly mistakes: readonly Mistake[];
  readonly source: string;
  readonly text: string | null;
}

function refused<T>(mistake: Mistake): Resolved<T> {
  return { value: undefined, mistakes: [mistake], source: mistake.source, text: null };
}

const SHOWN_SECRET = "[secret]";

type FileText = { readonly text: string } | { readonly problem: string };
type FileReader = (path: string) => FileText;

function fileReader(readFile: ConfigSources["readFile"]): FileReader {
  return (path) => {
    try {
      return { text: readFile(path) };
    } catch (error) {
      const code =
        error instanceof Error && "code" in error && typeof error.code === "string" ? ` (${error.code})` : "";
      return { problem: `a file that cannot be read${code}` };
    }
  };
}

function yamlSource(path: string, files: FileReader): Source {
  const file = files(path);
  if ("text" in file) {
    return readYaml(file.text, path);
  }
  const mistake = {
    option: OPTIONS.configFile.name,
    source: `yaml ${path}`,
    found: file.problem,
    allowed: "the path of a YAML file",
  };
  return { label: () => `yaml ${path}`, texts: new Map(), mistakes: [mistake] };
}

/** The value of an option from the first source that speaks of it, in either form. */
function resolve<T>(option: Option<T>, sources: readonly Source[], files: FileReader): Resolved<T> {
  const { name, secret, defaultText } = option;
  const fileName = secret ? fileFormOf(name) : undefined;
  for (const source of sources) {
    const text = source.texts.get(name);
    const path = fileName && source.texts.get(fileName);
    if (text !== undefined && path !== undefined) {
      const mistake = {
        option: name,
        source: source.label(name),
        found: `both ${name} and ${fileName}`,
        allowed: "one of the two",
      };
      return refused(mistake);
    }
    if (text !== undefined) {
      return parse(option, text, source.label(name));
    }
    if (fileName !== undefined && path !== undefined) {
      const file = files(path);
      if ("problem" in file) {
        const allowed = "the path of a file that holds the secret";
        const mistake = {
          option: fileName,
          source: source.label(fileName),
          found: `${file.problem}: ${showValue(path, { secret: false })}`,
          allowed,
        };
        return refused(mistake);
      }
      return parse(option, file.text.replace(/\r?\n$/, ""), `file ${path}`);
    }
  }
  return defaultText === undefined
    ? { value: undefined, mistakes: [], source: "default", text: null }
    : parse(option, defaultText, "default");
}

function parse<T>(option: Option<T>, text: string, source: string): Resolved<T> {
  const value = option.type.parse(text);
  return value === undefined
    ? refused({ option: option.name, source, found: showValue(text, option), allowed: option.type.allowed })
    : { value, mistakes: [], source, text: option.secret ? SHOWN_SECRET : text };
}

/** A mistake if `needed` is not given although `by` is. */
function missing(
  needed: Option<unknown>,
  by: Option<unknown>,
  sources: readonly Source[],
): readonly Mistake[] {
  const given = (name: string) => sources.some(({ texts }) => texts.has(name) || texts.has(fileFormOf(name)));
  if (!given(by.name) || given(needed.name)) {
    return [];
  }
  const allowed = `${needed.type.allowed}: required when ${by.name} is set`;
  return [{ option: needed.name, source: "nowhere", found: "nothing", allowed }];
}

/** A mistake if the option names a file that holds no certificate. */
function badCertificate(
  { name }: Option<unknown>,
  path: string | undefined,
  files: FileReader,
): readonly Mistake[] {
  if (path === undefined) {
    return [];
  }
  const file = files(path);
  const problem =
    "problem" in file ? file.problem : isCertificate(file.text) ? null : "no certificate in PEM";
  const found = `${problem}: ${showValue(path, { secret: false })}`;
  return problem === null
    ? []
    : [
        {
          option: name,
          source: `file ${path}`,
          found,
          allowed: "the path of a file with a certificate in PEM",
        },
      ];
}

function isCertificate(text: string): boolean {
  try {
    return new X509Certificate(text).subject !== undefined;
  } catch {
    return false;
  }
}
