import { Label } from "@patternfly/react-core";
import { hub, useHub } from "./hub.ts";
import { reachOf } from "./scope-reach.ts";
import { scopeWords } from "./scope-words.ts";
import { useSession } from "./session.ts";

/** What a credential may do: its scopes, cut to what its owner holds now. */
export function Permissions({
  owner,
  scopes,
}: {
  readonly owner: string | null;
  readonly scopes: readonly string[];
}) {
  const held = useHeld(owner);
  return (
    <ul className="mm-permissions">
      {scopes.map((scope) => (
        <Permission key={scope} scope={scope} reach={held === null ? [scope] : reachOf(scope, held)} />
      ))}
    </ul>
  );
}

function Permission({ scope, reach }: { readonly scope: string; readonly reach: readonly string[] }) {
  const mark = <Label isCompact>{scope}</Label>;
  if (reach.length === 0) {
    return (
      <li>
        <del>{scopeWords(scope)}</del> {mark}{" "}
        <span className="mm-second">Nothing: the owner does not hold this.</span>
      </li>
    );
  }
  if (reach.length === 1 && reach[0] === scope) {
    return (
      <li>
        {scopeWords(scope)} {mark}
      </li>
    );
  }
  return (
    <li>
      {reach.map(scopeWords).join("; ")} {mark}{" "}
      <span className="mm-second">As far as the owner holds it: {reach.join(", ")}</span>
    </li>
  );
}

/** The permissions that the owner holds now; null while they are unknown. */
function useHeld(owner: string | null): readonly string[] | null {
  const { user, scopes } = useSession().session;
  const isOwn = owner === user.username;
  const { data } = useHub(["authority", owner], (signal) => hub.getAuthority(owner ?? "", { signal }), {
    enabled: !isOwn && owner !== null && user.role !== "member",
  });
  if (isOwn) {
    return scopes;
  }
  return data?.grants.map(({ grant }) => grant) ?? null;
}
