/** The built-in sample: decisions and policies with their test cases, from the project's corpus. */

import { document } from '../model/document';
import type { Opened } from './files';

const files = import.meta.glob(
  [
    '../../../tests/corpus/{credit,pricing}/*.json',
    '../../../tests/corpus/shipping/{rate,zone,parcel-batch,checkout-quote}.json',
    '../../../tests/corpus/policy/{hr,lending,pricing,shared}/*.json',
    '../../../tests/corpus/functions/{v2-big-money,v2-dayjs-schedule,v1-shopping-points}.json',
  ],
  { query: '?raw', import: 'default', eager: true },
) as Record<string, string>;

/** The sample; this module holds it, so import it by need. */
export function openSample(): Opened {
  const documents = Object.entries(files).map(([path, text]) =>
    document(path.replace(/^.*\/corpus\//, ''), text),
  );
  return { name: 'Sample', documents: documents.sort((a, b) => a.key.localeCompare(b.key)) };
}
