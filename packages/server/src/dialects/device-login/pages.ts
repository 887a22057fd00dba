import { CLI_CLIENT } from "../../core/client/client.ts";
import { formatUserCode } from "../../core/client/device.ts";
import { type Html, html } from "../../http/page.ts";

/** Pages take `base`, the path of the public URL, in front of every address. */
interface Page {
  readonly title: string;
  readonly body: Html;
}

/** Who asks, and for what, as far as the hub can know it. */
export interface Asking {
  readonly userCode: string;
  readonly clientName: string;
  readonly clientId: string;
  readonly address: string | null;
  readonly agent: string | null;
  readonly minutesAgo: number;
  /** Empty: all that an offline token can do. */
  readonly scopes: readonly string[];
}

export function signInPage(choices: Html, notice: string | null): Page {
  return {
    title: "Sign in to connect a device",
    body: html`${noticeLine(notice)}${choices}`,
  };
}

export function codePage(base: string, username: string, notice: string | null): Page {
  return {
    title: "Connect a device",
    body: html`${noticeLine(notice)}<p>You are signed in as <strong>${username}</strong>. Enter the code that the device shows.</p>
<form method="get" action="${base}/device">
<label for="user_code">Code</label>
<input class="code" type="text" id="user_code" name="user_code" autocomplete="off" autocapitalize="characters" spellcheck="false" maxlength="20" required autofocus>
<button type="submit">Next</button>
</form>`,
  };
}

export function confirmPage(base: string, username: string, asking: Asking, csrfToken: string): Page {
  const code = formatUserCode(asking.userCode);
  const collections =
    asking.scopes.length === 0
      ? "Upload and download of collections, as far as you may yourself"
      : asking.scopes.join(" ");
  const what =
    asking.clientId === CLI_CLIENT
      ? html`${collections}.<br><strong>It may also manage your credentials</strong>, as if you had just signed in: create, rotate, freeze and revoke them (user:admin)`
      : collections;
  return {
    title: "Connect this device?",
    body: html`<p>A program asks for an <strong>offline token</strong> of <strong>${username}</strong>. With it, it can act in your name until you
revoke the token or nobody uses it for long.</p>
<dl>
<dt>Code</dt><dd class="code">${code}</dd>
<dt>Program</dt><dd>${asking.clientName} (${asking.clientId})</dd>
<dt>Asks from</dt><dd>${asking.address ?? "unknown address"}</dd>
<dt>Says it is</dt><dd>${asking.agent ?? "nothing"}</dd>
<dt>Asked</dt><dd>${asking.minutesAgo === 0 ? "just now" : `${asking.minutesAgo} min ago`}</dd>
<dt>For</dt><dd>${what}</dd>
</dl>
<p class="notice">Go on only if you have started this yourself and the code is the one that your device shows. Nobody else has reason to
send you such a code.</p>
<form method="post" action="${base}/device/answer">
<input type="hidden" name="_csrf_token" value="${csrfToken}">
<input type="hidden" name="user_code" value="${code}">
<button type="submit" name="answer" value="approve">Connect</button>
<button type="submit" name="answer" value="deny">Refuse</button>
</form>`,
  };
}

export function donePage(approved: boolean, clientName: string): Page {
  return approved
    ? {
        title: "The device is connected",
        body: html`<p>${clientName} gets its offline token now. You can close this page; the token stands in the list of your
credentials, where you can revoke it.</p>`,
      }
    : { title: "Refused", body: html`<p>${clientName} gets nothing. You can close this page.</p>` };
}

export function refusalPage(base: string, sentence: string): Page {
  return {
    title: "This did not work",
    body: html`<p class="notice">${sentence}</p><p><a href="${base}/device">Back to the beginning</a></p>`,
  };
}

function noticeLine(notice: string | null): Html | null {
  return notice === null ? null : html`<p class="notice" role="alert">${notice}</p>`;
}
