import type { Hub } from "../core/hub.ts";
import { type Html, html } from "./page.ts";
import { publicPlaceOf } from "./public-place.ts";

export interface SignInForm {
  /** Where the local form goes, below the path of the public URL. */
  readonly action: string;
  /** A field that the form carries along. */
  readonly carries: { readonly name: string; readonly value: string };
  /** Where the person returns to after a sign-in at the provider, below the path of the public URL. */
  readonly returnTo: string;
  /** True if a sign-in of long ago does not count. */
  readonly fresh: boolean;
}

/** What a page offers to somebody who must sign in: the provider, if there is one, and the local form. */
export function signInChoices(hub: Hub, form: SignInForm): Html {
  const base = publicPlaceOf(hub.policy.publicUrl).path;
  const { name, offersLocal } = hub.signIn;
  return html`${name === null ? null : providerLink(base, name, form)}${
    offersLocal
      ? localForm(base, form)
      : html`<p><a href="${base}/sign-in/local?return=${encodeURIComponent(base + form.returnTo)}">Sign in with a local account</a></p>`
  }`;
}

function providerLink(base: string, name: string, { returnTo, fresh }: SignInForm): Html {
  const query = `return=${encodeURIComponent(base + returnTo)}${fresh ? "&fresh=1" : ""}`;
  return html`<p><a class="button" href="${base}/sign-in/oidc?${query}">Sign in with ${name}</a></p>
`;
}

function localForm(base: string, { action, carries }: SignInForm): Html {
  return html`<form method="post" action="${base}${action}">
<input type="hidden" name="${carries.name}" value="${carries.value}">
<label for="username">User name</label>
<input type="text" id="username" name="username" autocomplete="username" autocapitalize="none" required autofocus>
<label for="password">Password</label>
<input type="password" id="password" name="password" autocomplete="current-password" required>
<button type="submit">Sign in</button>
</form>`;
}
