/** Long enough for the headers of two small parts in front of the file. */
const HEAD_BYTES_MAX = 4_096;

/**
 * Mends the head of a form as ansible 2.9 and galaxykit 0.14 write it, which Django's parser takes and a
 * strict one does not: no empty line before the value of `sha256`, and `Content-Disposition: file` in place
 * of `form-data`. Only the parts before the bytes of the file are looked at; everything else passes as it
 * comes.
 */
export async function* repairForm(boundary: string, body: AsyncIterable<Buffer>): AsyncIterable<Buffer> {
  let head: Buffer | null = Buffer.alloc(0);
  for await (const chunk of body) {
    if (head === null) {
      yield chunk;
      continue;
    }
    head = Buffer.concat([head, chunk]);
    if (head.length >= HEAD_BYTES_MAX) {
      yield mend(boundary, head);
      head = null;
    }
  }
  if (head !== null && head.length > 0) {
    yield mend(boundary, head);
  }
}

function mend(boundary: string, head: Buffer): Buffer {
  // Latin-1 keeps every byte, so bytes that need no repair stay as they are.
  const text = head.toString("latin1");
  const fileAt = /content-disposition:[^\r\n]*\bname="?file"?/i.exec(text)?.index ?? text.length;
  const filePartEnd = text.indexOf("\r\n\r\n", fileAt);
  const end = filePartEnd < 0 ? text.length : filePartEnd;
  const mended = text
    .slice(0, end)
    .split(`--${boundary}\r\n`)
    .map((part) => part.replace(NO_EMPTY_LINE, "$1\r\n\r\n$2").replace(DISPOSITION, "$1form-data;"))
    .join(`--${boundary}\r\n`);
  return Buffer.from(mended + text.slice(end), "latin1");
}

/** A part whose only header is followed by a checksum instead of an empty line. */
const NO_EMPTY_LINE = /^(content-disposition:[^\r\n]{1,200})\r\n([0-9a-f]{64}\r\n)/i;
const DISPOSITION = /^(content-disposition:\s{0,4})file;/im;
