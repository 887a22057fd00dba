/**
 * `fetch` for a server that may answer without end: an answer of more than `bytesMax` is an error. The
 * time limit is the caller's signal, which covers the body too.
 */
export function boundedFetch(bytesMax: number) {
  // The libraries that call it describe their options in types of their own.
  return async (url: string, init: object): Promise<Response> => {
    const answer = await fetch(url, init);
    const body = await readBody(answer, bytesMax);
    const { status, statusText, headers } = answer;
    return new Response(body.length === 0 ? null : body, { status, statusText, headers });
  };
}

async function readBody(answer: Response, bytesMax: number): Promise<Uint8Array<ArrayBuffer>> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  const body = answer.body as AsyncIterable<Uint8Array> | null;
  // Leaving the loop by an error ends the connection.
  for await (const chunk of body ?? []) {
    bytes += chunk.length;
    if (bytes > bytesMax) {
      throw new Error(`the answer is larger than ${bytesMax} bytes`);
    }
    chunks.push(chunk);
  }
  return new Uint8Array(Buffer.concat(chunks));
}
