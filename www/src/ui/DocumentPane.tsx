/** The selected document, in the view that fits its kind. */

import { Alert } from 'antd';
import { lazy, Suspense } from 'react';
import type { Document } from '../model/document';
import { useStore } from '../state/store';
import { Boundary } from './Boundary';
import { useDark } from './theme';
import { Waiting } from './Waiting';

const GraphPane = lazy(() => import('../graph/GraphPane'));
const PolicyPane = lazy(() => import('../policy/PolicyPane'));
const JsonEditor = lazy(() => import('../editor/JsonEditor'));

/** Shows a document. */
export function DocumentPane({ document }: { document: Document }) {
  return (
    <Boundary key={document.key}>
      <Suspense fallback={<Waiting centre what="Loading the editor" />}>
        <View document={document} />
      </Suspense>
    </Boundary>
  );
}

function View({ document }: { document: Document }) {
  const dark = useDark();
  if (document.kind === 'graph') return <GraphPane document={document} />;
  if (document.kind === 'policy') return <PolicyPane document={document} />;
  return (
    <div className="column">
      {document.problem && (
        <Alert type="error" showIcon message="This document cannot be read" description={document.problem} />
      )}
      <div className="fill">
        <JsonEditor
          path={document.key}
          label={`The document ${document.key}`}
          value={document.text}
          dark={dark}
          onChange={(text) => useStore.getState().edit(document.key, text)}
        />
      </div>
    </div>
  );
}
