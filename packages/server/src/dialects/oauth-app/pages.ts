import { type Html, html } from "../../http/page.ts";
import { describeScopes } from "./scope-words.ts";
import type { Asked } from "./wire.ts";

export interface Page {
  readonly title: string;
  readonly body: Html;
  readonly formTargets?: readonly string[];
}

export function signInPage(choices: Html, asked: Asked, notice: string | null): Page {
  return {
    title: "Sign in",
    body: html`${notice === null ? null : html`<p class="notice" role="alert">${notice}</p>`}
<p><strong>${asked.client.name}</strong> asks for access to your account. Sign in to see what it asks for.</p>
${choices}`,
  };
}

export function consentPage(
  username: string,
  asked: Asked,
  form: {
    readonly base: string;
    readonly request: string;
    readonly csrfToken: string;
    readonly days: number;
  },
): Page {
  const { origin, host } = new URL(asked.redirectUri);
  const scopes = describeScopes(asked.scopes);
  const dangerous = scopes.some((scope) => scope.dangerous);
  return {
    title: `Allow ${asked.client.name}?`,
    formTargets: [origin],
    body: html`<p><strong>${asked.client.name}</strong> wants to act in your name, as <strong>${username}</strong>:</p>
<ul>
${scopes.map(({ name, means }) => html`<li>${means ?? name} <small>(<code>${name}</code>)</small></li>\n`)}</ul>
${
  dangerous
    ? html`<p class="notice" role="alert">This is as strong as your account. Allow it only if you trust the application as you trust yourself.</p>`
    : null
}
<dl>
<dt>Application</dt><dd>${asked.client.id}</dd>
<dt>You are sent to</dt><dd>${host}</dd>
<dt>Ends after</dt><dd>${String(form.days)} days; sooner if you revoke it in the list of your credentials</dd>
</dl>
<form method="post" action="${form.base}/oauth/authorize">
<input type="hidden" name="_csrf_token" value="${form.csrfToken}">
<input type="hidden" name="request" value="${form.request}">
<button type="submit" name="answer" value="allow">Allow</button>
<button type="submit" name="answer" value="deny">Refuse</button>
</form>`,
  };
}

export function refusalPage(sentence: string): Page {
  return {
    title: "This did not work",
    body: html`<p class="notice">${sentence}</p><p>Go back to the application and begin again.</p>`,
  };
}

/** Where Quay sends a token that belongs to no application: it stands in the address of the page. */
export function localPage(): Page {
  return {
    title: "Your access token",
    body: html`<p>The token is in the address of this page, behind <code>access_token=</code>. Copy it, then close the page.</p>`,
  };
}
