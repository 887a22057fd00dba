import { formatScope, type Scope } from "../authority/scope.ts";
import type { Credential } from "../credential/credential.ts";

/** What many credentials have in common. */
export type CredentialShape = Pick<
  Credential,
  "kind" | "scopes" | "instance" | "clientId" | "digestKeyVersion" | "idleMs" | "selfRotate" | "generation"
>;

export function shapeOf(credential: Credential): CredentialShape {
  const { kind, scopes, instance, clientId, digestKeyVersion, idleMs, selfRotate, generation } = credential;
  return { kind, scopes, instance, clientId, digestKeyVersion, idleMs, selfRotate, generation };
}

/** Equal for credentials of equal shape, and for no others. */
export function keyOfShape(credential: Credential): string {
  const { kind, instance, clientId, digestKeyVersion, idleMs, selfRotate, generation } = credential;
  const scopes = textOfScopes(credential.scopes);
  return JSON.stringify([kind, instance, clientId, digestKeyVersion, idleMs, selfRotate, generation, scopes]);
}

/** Lists of scopes are shared and never change, so each is formatted once. */
const textsOfScopes = new WeakMap<readonly Scope[], string>();

/** The text that the store keeps of a list; different lists have different texts. */
function textOfScopes(scopes: readonly Scope[]): string {
  const known = textsOfScopes.get(scopes);
  if (known !== undefined) {
    return known;
  }
  const text = JSON.stringify(scopes.map(formatScope));
  textsOfScopes.set(scopes, text);
  return text;
}
