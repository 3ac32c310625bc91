/** Bodies of answers, read no further than a limit. */

/** An answer was longer than allowed. */
export class TooLong extends Error {
  override readonly name = 'TooLong';
  constructor(maxBytes: number) {
    super(`the answer is longer than ${maxBytes} bytes`);
  }
}

/** The body of an answer. @throws TooLong, and what reading throws */
export async function bounded({ body }: Response, maxBytes: number): Promise<Uint8Array<ArrayBuffer>> {
  const parts: Uint8Array<ArrayBuffer>[] = [];
  let length = 0;
  const reader = body?.getReader();
  if (!reader) return new Uint8Array();
  try {
    for (let next = await reader.read(); !next.done; next = await reader.read()) {
      length += next.value.length;
      if (length > maxBytes) throw new TooLong(maxBytes);
      parts.push(next.value);
    }
  } finally {
    await reader.cancel().catch(() => undefined);
  }
  return new Uint8Array(await new Blob(parts).arrayBuffer());
}
