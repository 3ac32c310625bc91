/** The selected document, in the view that fits its kind. */

import { Alert } from 'antd';
import { lazy, Suspense } from 'react';
import { DocumentText } from '../editor/DocumentText';
import type { Document } from '../model/document';
import { Boundary } from './Boundary';
import { Findings } from './Findings';
import { Waiting } from './Waiting';

const GraphPane = lazy(() => import('../graph/GraphPane'));
const PolicyPane = lazy(() => import('../policy/PolicyPane'));

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
  if (document.kind === 'graph' || document.kind === 'policy') {
    const Pane = document.kind === 'graph' ? GraphPane : PolicyPane;
    return (
      <div className="column">
        <Findings document={document} />
        <div className="fill">
          <Pane document={document} />
        </div>
      </div>
    );
  }
  return (
    <div className="column">
      {document.problem && (
        <Alert type="error" showIcon message="This document cannot be read" description={document.problem} />
      )}
      <DocumentText document={document} />
    </div>
  );
}
