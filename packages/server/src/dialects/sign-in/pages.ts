import { type Html, html } from "../../http/page.ts";

interface Page {
  readonly title: string;
  readonly body: Html;
}

/** The form for local accounts, at its own address even when other pages hide it. */
export function localPage(
  base: string,
  returnTo: string,
  providerName: string | null,
  notice: string | null,
): Page {
  return {
    title: "Sign in with a local account",
    body: html`${notice === null ? null : html`<p class="notice" role="alert">${notice}</p>`}<form method="post" action="${base}/sign-in/local">
<input type="hidden" name="return" value="${returnTo}">
<label for="username">User name</label>
<input type="text" id="username" name="username" autocomplete="username" autocapitalize="none" required autofocus>
<label for="password">Password</label>
<input type="password" id="password" name="password" autocomplete="current-password" required>
<button type="submit">Sign in</button>
</form>
${providerName === null ? null : html`<p><a href="${base}/sign-in/oidc?return=${encodeURIComponent(returnTo)}">Sign in with ${providerName}</a></p>`}`,
  };
}

export function refusalPage(base: string, sentence: string): Page {
  return {
    title: "You are not signed in",
    body: html`<p class="notice" role="alert">${sentence}</p>
<p><a href="${base}/sign-in/oidc?return=${base}/">Try again</a> or <a href="${base}/sign-in/local">sign in with a local account</a>.</p>`,
  };
}
