import { MintmarkError } from "@mintmark/sdk";

type Filter = Readonly<Record<string, string | number | undefined>>;

/** Saves lists as one CSV file: the rows of each filter, below one line of column names. */
export async function saveCsv(name: string, path: string, filters: readonly Filter[]): Promise<void> {
  const parts: string[] = [];
  for (const filter of filters) {
    const text = await readCsv(path, filter);
    // The line of column names holds no line break.
    parts.push(parts.length === 0 ? text : text.slice(text.indexOf("\n") + 1));
  }
  const address = URL.createObjectURL(new Blob(parts, { type: "text/csv" }));
  const link = document.createElement("a");
  link.href = address;
  link.download = name;
  link.click();
  URL.revokeObjectURL(address);
}

async function readCsv(path: string, filter: Filter): Promise<string> {
  const url = new URL(`api/mintmark/v1/${path}`, document.baseURI);
  for (const [key, value] of Object.entries(filter)) {
    if (value !== undefined && value !== "") {
      url.searchParams.set(key, String(value));
    }
  }
  const reply = await fetch(url, { headers: { accept: "text/csv" } });
  if (!reply.ok) {
    const message = `The file could not be saved: the hub answered ${reply.status}.`;
    throw new MintmarkError({ code: "unexpected_answer", status: reply.status, message });
  }
  return reply.text();
}
