import { Argument, Command, Option } from "commander";
import { candidatesFor, completionFor, SHELLS } from "./commands/completion.ts";
import { EXIT } from "./failure.ts";
import { KINDS } from "./kinds.ts";
import { type CommonOptions, Session } from "./session.ts";
import { spin } from "./spinner.ts";

/** Commands that ask, or that leave the terminal to another program: nothing is drawn meanwhile. */
const TALKS: ReadonlySet<string> = new Set(["login", "check", "run", "credential"]);

/** Tells the exit code of the command that ran. */
export interface Outcome {
  exitCode: number;
}

type Run<Arguments extends readonly unknown[]> = (
  session: Session,
  ...args: Arguments
) => Promise<number | undefined> | Promise<void>;

/** Every command, with its help. The code of a command is loaded when it runs, so that help is quick. */
export function programOf(outcome: Outcome): Command {
  const program = new Command("mintmark")
    .description(
      "Gets tokens from a Mintmark hub, puts them where tools read them, and says why one does not work.",
    )
    .version("0.1.0", "-V, --version")
    .showHelpAfterError("(mintmark --help lists the commands)")
    .enablePositionalOptions();
  common(program);
  const add = (parent: Command, spec: string, text: string, examples: readonly string[]) =>
    common(parent.command(spec))
      .description(text)
      .addHelpText("after", `\nExamples:\n${examples.map((one) => `  $ ${one}`).join("\n")}`);
  /** Runs a command with its session; commander passes arguments, then options, then the command. */
  const runs =
    <Arguments extends readonly unknown[]>(run: Run<Arguments>) =>
    async (...given: readonly unknown[]) => {
      const command = given.at(-1) as Command;
      const args = given.slice(0, -1) as unknown as Arguments;
      const session = new Session(command.optsWithGlobals<CommonOptions>());
      const stop = TALKS.has(command.name()) ? () => undefined : spin(session.terminal);
      session.beforeOutput = stop;
      try {
        outcome.exitCode = (await run(session, ...args)) ?? EXIT.good;
      } finally {
        stop();
      }
    };

  add(program, "login", "Log in, in a browser or with a password from stdin, and keep the log-in", [
    "mintmark login --hub https://hub.example.com",
    "mintmark login --username ada --password-stdin < password.txt",
  ])
    .addOption(
      new Option("--device", "by a code that is approved in a browser (the default)").conflicts("username"),
    )
    .option("--username <name>", "the user name, with --password-stdin")
    .option("--password-stdin", "read the password from stdin")
    .action(
      runs(async (session: Session, options: import("./commands/login.ts").LoginOptions) => {
        const { logIn, requireHub } = await import("./commands/login.ts");
        requireHub(session);
        await logIn(session, options);
      }),
    );
  add(program, "logout", "End the log-in at the hub and forget it", ["mintmark logout"])
    .option("--force", "forget it here even if the hub cannot be told")
    .action(
      runs(async (session: Session, options: { readonly force?: true }) =>
        (await import("./commands/login.ts")).logOut(session, options),
      ),
    );
  add(program, "status", "Who is logged in, and which credentials expire when", [
    "mintmark status",
    "mintmark status --within 7d || echo 'something expires this week'",
  ])
    .option("--within <duration>", "exit with 2 if a credential expires within this time, e.g. 7d")
    .action(
      runs(async (session: Session, options: { readonly within?: string }) =>
        (await import("./commands/status.ts")).showStatus(session, options),
      ),
    );
  addTokens(
    add(program, "token", "Create, list, rotate, freeze and revoke credentials", ["mintmark token list"]),
    {
      add,
      runs,
    },
  );
  add(
    program,
    "check",
    "Say whether the secret on stdin is active, and if not, why; does not count as a use",
    ["mintmark check < token.txt", "printenv MY_TOKEN | mintmark check -"],
  )
    .argument("[source]", "- for stdin, which is the default")
    .action(
      runs(async (session: Session, source: string | undefined) =>
        (await import("./commands/check.ts")).checkSecret(session, source),
      ),
    );
  add(
    program,
    "doctor",
    "Look into the files of ansible, podman, docker and IBM's SDKs: which secret is good?",
    ["mintmark doctor", "mintmark doctor --json"],
  ).action(runs(async (session: Session) => (await import("./commands/doctor.ts")).diagnose(session)));
  add(program, "write", "Put a fresh secret where a tool reads it: ansible, podman, ibm or env", [
    "mintmark write ansible",
    "mintmark write podman --registry registry.example.com",
    "mintmark write env --path .env --scope collection:acme.*:download",
  ])
    .addArgument(new Argument("<tool>", "what reads it").choices(["ansible", "podman", "ibm", "env"]))
    .option("--path <file>", "the file; left out: the one that the tool reads")
    .option("--title <text>", "the title of the credential")
    .option("--scope <scope...>", "narrower permissions")
    .option("--expires <time>", "a duration (90d) or a date")
    .option("--registry <host>", "podman: the registry, if the hub serves several")
    .option("--service <name>", "ibm: the service in front of _APIKEY (default: data_product_hub)")
    .action(
      runs(async (session: Session, tool: string, options: import("./commands/write.ts").WriteOptions) =>
        (await import("./commands/write.ts")).writeFor(session, tool, options),
      ),
    );
  add(
    program,
    "run",
    "Run a program with a fresh short credential in MINTMARK_TOKEN, and end it afterwards",
    [
      "mintmark run -- ./deploy.sh",
      "mintmark run --scope repository:team/app:pull --expires 10m -- make release",
    ],
  )
    .argument("<program...>", "the program and its arguments, behind --")
    .addOption(new Option("--kind <kind>", "the kind of credential (default: personal_token)").choices(KINDS))
    .option("--scope <scope...>", "narrower permissions")
    .option("--expires <duration>", "when it expires even if it is not ended (default: 1h)")
    .passThroughOptions()
    .action(
      runs(
        async (
          session: Session,
          command: readonly string[],
          options: import("./commands/run.ts").RunOptions,
        ) => (await import("./commands/run.ts")).runWith(session, command, options),
      ),
    );
  add(
    program,
    "keep-alive",
    "Use the log-ins that are kept, and touch credentials past half of their idle life; for a timer",
    ["mintmark keep-alive", "mintmark keep-alive --hub https://hub.example.com"],
  ).action(runs(async (session: Session) => (await import("./commands/keep-alive.ts")).keepAlive(session)));
  add(program, "credential", "Credential helper for docker, podman and skopeo, and for git", [
    "echo registry.example.com | mintmark credential docker get",
    "git config credential.https://hub.example.com.helper '!mintmark credential git'",
  ])
    .addArgument(new Argument("<client>", "who asks").choices(["docker", "git"]))
    .argument("<verb>", "get, store or erase; for docker also list")
    .action(
      runs(async (session: Session, client: string, verb: string) =>
        (await import("./commands/credential.ts")).helpClient(session, client, verb),
      ),
    );
  add(program, "completion", "Print a script that completes commands in bash, zsh or fish", [
    "source <(mintmark completion bash)",
    "mintmark completion fish | source",
  ])
    .addArgument(new Argument("<shell>", "which shell").choices(SHELLS))
    .action(
      runs(async (session: Session, shell: string) => {
        session.terminal.stdout.write(completionFor(shell));
      }),
    );
  // For the scripts alone.
  program
    .command("complete", { hidden: true })
    .argument("[words...]")
    .action((words: readonly string[]) => {
      process.stdout.write(
        candidatesFor(program, words)
          .map((word) => `${word}\n`)
          .join(""),
      );
    });
  return program;
}

interface Making {
  readonly add: (parent: Command, spec: string, text: string, examples: readonly string[]) => Command;
  readonly runs: <Arguments extends readonly unknown[]>(
    run: Run<Arguments>,
  ) => (...given: readonly unknown[]) => Promise<void>;
}

type Tokens = typeof import("./commands/token.ts");

function addTokens(token: Command, { add, runs }: Making): void {
  const tokens = () => import("./commands/token.ts");
  add(token, "create", "Create a credential; its secret is printed once, alone when stdout is no terminal", [
    "mintmark token create --kind personal_token --title ci --scope collection:acme.*:upload --expires 90d",
    "mintmark token create --kind offline_token > token.txt",
  ])
    .addOption(new Option("--kind <kind>", "what it is").choices(KINDS).makeOptionMandatory())
    .option("--title <text>", "what it is for")
    .option("--scope <scope...>", "permissions, as type:name:action")
    .option("--expires <time>", "a duration (90d) or a date")
    .option("--idle <duration>", "expires when it is not used for this time")
    .option("--instance <id>", "the instance of an instance_key")
    .option("--note <text>", "a note")
    .option("--address <cidr...>", "good from these addresses only")
    .option("--owner <service>", "a service that you are a steward of")
    .action(
      runs(async (session: Session, options: Parameters<Tokens["createToken"]>[1]) =>
        (await tokens()).createToken(session, options),
      ),
    );
  add(token, "list", "List your credentials", [
    "mintmark token list",
    "mintmark token list --kind app_token --all",
  ])
    .addOption(new Option("--kind <kind>", "one kind").choices(KINDS))
    .addOption(
      new Option("--state <state>", "in one state (default: active)").choices([
        "active",
        "frozen",
        "expired",
        "revoked",
      ]),
    )
    .option("--all", "in every state")
    .action(
      runs(async (session: Session, options: Parameters<Tokens["listTokens"]>[1]) =>
        (await tokens()).listTokens(session, options),
      ),
    );
  const one = (name: string, text: string, example: string) =>
    add(token, name, text, [example]).argument("<id>", "the id of a credential, or its title");
  one("show", "Show everything about one credential", "mintmark token show ci").action(
    runs(async (session: Session, id: string) => (await tokens()).showToken(session, id)),
  );
  one(
    "rotate",
    "Get a new secret; the old one ends when the new one is used",
    "mintmark token rotate ci --old timed:24h",
  )
    .option("--old <when>", "when the old one ends: now, timed:24h, first_use[:7d] or quiet:2h[:14d]")
    .option("--title <text>", "another title")
    .option("--expires <time>", "a duration (90d) or a date")
    .action(
      runs(async (session: Session, id: string, options: Parameters<Tokens["rotateToken"]>[2]) =>
        (await tokens()).rotateToken(session, id, options),
      ),
    );
  one("freeze", "Refuse it until it is thawed", "mintmark token freeze ci --reason 'laptop lost'")
    .option("--reason <text>", "told to its holder")
    .option("--until <time>", "a duration (2h) or a date: thaws by itself then")
    .action(
      runs(async (session: Session, id: string, options: Parameters<Tokens["freezeToken"]>[2]) =>
        (await tokens()).freezeToken(session, id, options),
      ),
    );
  one("thaw", "Let a frozen one be used again", "mintmark token thaw ci").action(
    runs(async (session: Session, id: string) => (await tokens()).thawToken(session, id)),
  );
  one("revoke", "End it for good", "mintmark token revoke ci --reason 'found in a log'")
    .option("--reason <text>", "why")
    .action(
      runs(async (session: Session, id: string, options: Parameters<Tokens["revokeToken"]>[2]) =>
        (await tokens()).revokeToken(session, id, options),
      ),
    );
}

/** The options of every command, also behind its name. */
function common(command: Command): Command {
  return command
    .option("--hub <url>", "the hub (default: MINTMARK_HUB, or the one of the last log-in)")
    .option("--json", "print JSON")
    .option("--verbose", "tell each request on stderr, without secrets");
}
