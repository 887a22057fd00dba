import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { brotliDecompressSync } from "node:zlib";
import { AxeBuilder } from "@axe-core/playwright";
import chromium from "@sparticuz/chromium";
import { type Browser, type BrowserContext, type Page, chromium as playwright } from "playwright-core";
import { ADMIN_PASSWORD } from "../server.ts";

/** Another name for this machine, that no browser takes for localhost. */
export const PLAIN_HTTP_HOST = "hub.test";

/**
 * The package's own arguments are for a cloud function: `--single-process` ends the browser with its first
 * context, and `--disable-web-security` would make a test of the content security policy worthless.
 */
const ARGS = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-dev-shm-usage",
  "--font-render-hinting=none",
  `--host-resolver-rules=MAP ${PLAIN_HTTP_HOST} 127.0.0.1`,
];

/** The Chromium that npm brings, or the one that CHROMIUM_PATH names. */
export async function launchBrowser(): Promise<Browser> {
  const given = process.env["CHROMIUM_PATH"];
  const executablePath = given ?? (await chromium.executablePath());
  try {
    return await playwright.launch({ executablePath, args: ARGS });
  } catch (error) {
    if (given !== undefined || !String(error).includes("error while loading shared libraries")) throw error;
    const env = { ...process.env, LD_LIBRARY_PATH: unpackLibraries() };
    return playwright.launch({ executablePath, args: ARGS, env });
  }
}

/** NSS, NSPR and expat as the package brings them along, for machines that have none of their own. */
function unpackLibraries(): string {
  const folder = join(tmpdir(), "mintmark-chromium-libraries");
  if (!existsSync(join(folder, "lib"))) {
    mkdirSync(folder, { recursive: true });
    const bin = new URL("../../bin/", import.meta.resolve("@sparticuz/chromium"));
    const tar = brotliDecompressSync(readFileSync(new URL("al2023.tar.br", bin)));
    execFileSync("tar", ["--extract", "--directory", folder], { input: tar });
  }
  return join(folder, "lib");
}

export interface Watched {
  readonly context: BrowserContext;
  readonly page: Page;
  /** Faults of a page: errors, policy violations, requests to other origins. */
  readonly complaints: string[];
}

/** A page whose every misdeed is written down. */
export async function openPage(
  browser: Browser,
  url: string,
  options: Parameters<Browser["newContext"]>[0] = {},
): Promise<Watched> {
  const context = await browser.newContext({ baseURL: url, reducedMotion: "reduce", ...options });
  const page = await context.newPage();
  const complaints: string[] = [];
  page.on("pageerror", (error) => complaints.push(`error: ${error.message}`));
  page.on("console", (message) => {
    // A refused call is the console's own business and shows in Chromium's log as this.
    if (message.type() === "error" && !message.text().startsWith("Failed to load resource")) {
      complaints.push(`console: ${message.text()}`);
    }
  });
  page.on("request", (request) => {
    if (!request.url().startsWith(url) && !request.url().startsWith("blob:")) {
      complaints.push(`request to ${request.url()}`);
    }
  });
  return { context, page, complaints };
}

export async function signIn(page: Page, username = "admin", password = ADMIN_PASSWORD): Promise<void> {
  await page.getByLabel("User name").fill(username);
  await page.getByLabel("Password").fill(password);
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.getByRole("navigation", { name: "Pages" }).or(page.getByLabel("Navigation")).first().waitFor();
}

/** The secret that a page shows, after asking it to. */
export async function readSecret(page: Page, label: string): Promise<string> {
  await page.getByRole("button", { name: `Show ${label.toLowerCase()}` }).click();
  return page.getByRole("textbox", { name: label, exact: true }).inputValue();
}

const IMAGES = fileURLToPath(new URL("../../docs/images/", import.meta.url));

/** The pages that are drawn in dark too. */
const DRAWN_DARK = new Set(["overview", "credential", "dashboard"]);

/** `npm run pictures` sets SCREENSHOTS=1: the tests then draw the documentation's pictures anew. */
export async function drawPage(page: Page, name: string): Promise<void> {
  if (process.env["SCREENSHOTS"] !== "1") return;
  mkdirSync(IMAGES, { recursive: true });
  for (const colorScheme of DRAWN_DARK.has(name) ? (["dark", "light"] as const) : (["light"] as const)) {
    await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
    await page.screenshot({ path: `${IMAGES}${name}-${colorScheme}.png` });
  }
}

/** All of axe's rules in light; in dark what colours decide, since nothing else differs. */
export async function findBarriers(page: Page): Promise<readonly unknown[]> {
  const found: unknown[] = [];
  for (const colorScheme of ["dark", "light"] as const) {
    await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
    const axe = new AxeBuilder({ page });
    const { violations } = await (colorScheme === "dark" ? axe.withRules("color-contrast") : axe).analyze();
    found.push(
      ...violations.map(({ id, nodes }) => [colorScheme, id, nodes.map(({ html }) => html.slice(0, 200))]),
    );
  }
  return found;
}
