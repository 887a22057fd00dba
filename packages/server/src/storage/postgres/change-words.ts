import type { Change } from "../../core/store.ts";

/** PostgreSQL refuses payloads of 8000 bytes and more (NOTIFY, "payload"). */
const PAYLOAD_BYTES_MAX = 7_500;
/** Above this number of messages it is cheaper for every node to clear its cache. */
const MESSAGES_MAX = 8;

/** Changes as payloads of NOTIFY: one word each, parted by spaces. */
export function writeChanges(changes: readonly Change[]): readonly string[] {
  const words = new Set(changes.map(wordOf));
  const messages: string[] = [];
  let message = "";
  for (const word of words) {
    if (message.length + 1 + word.length > PAYLOAD_BYTES_MAX) {
      messages.push(message);
      message = "";
    }
    message = message === "" ? word : `${message} ${word}`;
  }
  if (message !== "") {
    messages.push(message);
  }
  return words.has("*") || messages.length > MESSAGES_MAX ? ["*"] : messages;
}

/** A message that this version does not know may come from a newer node, and could mean anything. */
export function readChanges(payload: string): readonly Change[] {
  return payload.split(" ").map(changeOf);
}

function wordOf(change: Change): string {
  switch (change.of) {
    case "credential":
      return `c${change.id}`;
    case "owner":
      return `o${change.accountId}`;
    case "account":
      return `a${change.accountId}`;
    case "client":
      return `l${change.clientId}`;
    case "grants":
      return "g";
    case "keys":
      return "k";
    case "everything":
      return "*";
  }
}

function changeOf(word: string): Change {
  const rest = word.slice(1);
  switch (word[0]) {
    case "c":
      return { of: "credential", id: rest };
    case "o":
      return { of: "owner", accountId: rest };
    case "a":
      return { of: "account", accountId: rest };
    case "l":
      return { of: "client", clientId: rest };
    case "g":
      return { of: "grants" };
    case "k":
      return { of: "keys" };
    default:
      return { of: "everything" };
  }
}
