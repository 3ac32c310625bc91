/** Bodies, read no further than they may be long. */

import { StoreFailure } from './ports.js';

/**
 * Reads a body to its end, if that is within `maxBytes`; what is longer is not buffered.
 * @param what what is being done, for errors, such as `reading the bundle`
 * @throws StoreFailure `tooLarge`, `interrupted`
 */
export async function readBody(response: Response, maxBytes: number, what: string): Promise<Uint8Array> {
  const tooLarge = () => new StoreFailure('tooLarge', `${what} failed: it is longer than ${maxBytes} bytes`);
  // It says how many bytes are sent, which is fewer than arrive here if they are encoded.
  const announced = response.headers.get('content-encoding') ? NaN : Number(response.headers.get('content-length') ?? NaN);
  if (announced > maxBytes) {
    await response.body?.cancel().catch(() => undefined);
    throw tooLarge();
  }
  if (!response.body) return new Uint8Array();
  const chunks: Uint8Array[] = [];
  let length = 0;
  const reader = response.body.getReader();
  for (;;) {
    const { done, value } = await reader.read().catch((cause: unknown) => {
      const kind = (cause as Error)?.name === 'TimeoutError' ? 'timeout' : 'interrupted';
      throw new StoreFailure(kind, `${what} failed: the answer did not come to its end`, { cause });
    });
    if (done) break;
    length += value.length;
    if (length > maxBytes) {
      reader.cancel().catch(() => undefined);
      throw tooLarge();
    }
    chunks.push(value);
  }
  if (announced >= 0 && length !== announced) {
    throw new StoreFailure('interrupted', `${what} failed: ${length} of ${announced} bytes came`);
  }
  return joined(chunks, length);
}

function joined(chunks: Uint8Array[], length: number): Uint8Array {
  const [only] = chunks;
  if (only && chunks.length === 1) return only;
  const bytes = new Uint8Array(length);
  let end = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, end);
    end += chunk.length;
  }
  return bytes;
}
