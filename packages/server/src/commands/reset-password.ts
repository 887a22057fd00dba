import { randomBytes } from "node:crypto";
import { resetPasswordOf } from "../core/account/reset-password.ts";
import { Secret } from "../core/secret/secret.ts";
import { Argon2Hasher } from "../system/argon2-hasher.ts";
import { answer, type Command, type Invocation } from "./command.ts";
import { CommandError, EXIT } from "./exit-codes.ts";
import { requireDatabase, requireMasterKey, withStore } from "./open-store.ts";

const PASSWORD_BYTES = 15;

/** For an operator who is locked out: works on the machine itself, whether the server runs or not. */
export const resetPassword: Command = {
  name: "admin reset-password",
  summary: "Give an account a new password and print it once.",
  words: ["[USERNAME]"],
  flags: {},
  doc: "Gives the account (admin if no name is given) a new random password and prints it once. The account's sessions end, and so do its device log-ins and bearers; failed log-ins are forgotten. Credentials stay. The server may run meanwhile. Refuses services and accounts of an outside provider (77), which have no password, and unknown names (67).",
  run: (invocation) => {
    requireDatabase(invocation.config);
    requireMasterKey(invocation.config);
    return withStore(invocation, (store) => reset(invocation, store));
  },
};

async function reset(invocation: Invocation, store: Parameters<typeof resetPasswordOf>[0]): Promise<number> {
  const [username = "admin"] = invocation.words;
  const password = new Secret(randomBytes(PASSWORD_BYTES).toString("base64url"));
  const result = await resetPasswordOf(store, username, await new Argon2Hasher().hash(password.reveal()));
  switch (result.outcome) {
    case "unknown":
      throw new CommandError(EXIT.noUser, "there is no account of that name");
    case "no_password":
      throw new CommandError(
        EXIT.notAllowed,
        "this account has no password: it is a service, or it signs in at an outside provider",
      );
    case "done": {
      const { account } = result;
      const note = account.disabled ? "\nThe account is disabled and stays so." : "";
      answer(
        invocation,
        { username: account.username, password: password.reveal(), disabled: account.disabled },
        `user name  ${account.username}\npassword   ${password.reveal()}\n\nIt is shown once. Change it after signing in.${note}\n`,
      );
      return EXIT.done;
    }
  }
}
