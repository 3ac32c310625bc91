/** A document as the text that it is, to be edited. */

import { lazy, Suspense } from 'react';
import type { Document } from '../model/document';
import { useStore } from '../state/store';
import { useDark } from '../ui/theme';

const JsonEditor = lazy(() => import('./JsonEditor'));

/** Edits a document's JSON. */
export function DocumentText({ document: { key, text } }: { document: Document }) {
  const dark = useDark();
  return (
    <div className="fill">
      <Suspense>
        <JsonEditor
          path={key}
          label={`The document ${key}`}
          value={text}
          dark={dark}
          onChange={(changed) => useStore.getState().edit(key, changed)}
        />
      </Suspense>
    </div>
  );
}
