export const AUTH = "/v2/auth";
export const SERVICE = "mintmark-registry";

/** The payload of a registry token. */
export interface Claims {
  readonly iss: string;
  readonly sub: string;
  readonly aud: string;
  readonly iat: number;
  readonly nbf: number;
  readonly exp: number;
  readonly jti: string;
  readonly access: readonly { type: string; name: string; actions: string[] }[];
}

/** The answer of the registry's token endpoint. */
export interface Answer {
  readonly token: string;
  readonly access_token: string;
  readonly expires_in: number;
  readonly issued_at: string;
  readonly scope?: string;
  readonly refresh_token?: string;
}

export function basic(username: string, password: string): Record<string, string> {
  return { authorization: `Basic ${Buffer.from(`${username}:${password}`).toString("base64")}` };
}

/** One of the three parts of a JWT, without verifying it. */
export function part<Part>(jwt: string, at: number): Part {
  return JSON.parse(Buffer.from(jwt.split(".")[at] ?? "", "base64url").toString()) as Part;
}

/** What the token in an answer grants. */
export function accessOf(reply: { json<Body>(): Body }): Claims["access"] {
  const { access_token: jwt } = reply.json<Answer>();
  return part<Claims>(jwt, 1).access;
}

export const repository = (name: string, ...actions: string[]) => ({ type: "repository", name, actions });
