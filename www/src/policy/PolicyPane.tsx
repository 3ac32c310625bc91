/** A policy in a readable form: its blocks, and what each of them did in the last run. */

import { Alert, Radio, Tag } from 'antd';
import { lazy, Suspense, useEffect, useRef, useState } from 'react';
import { DocumentText } from '../editor/DocumentText';
import { objects, parsed, type Document } from '../model/document';
import { useStore } from '../state/store';
import { InputPanel } from '../ui/InputPanel';
import { useDark } from '../ui/theme';
import { Block } from './Block';
import { executions } from './trace';

const JsonEditor = lazy(() => import('../editor/JsonEditor'));

/** Reads, edits (as text) and simulates one policy. */
export default function PolicyPane({ document }: { document: Document }) {
  const [view, setView] = useState<'read' | 'edit'>('read');
  const dark = useDark();
  const run = useStore((state) => state.runs[document.key]);
  const revealed = useStore((state) => (state.revealed?.key === document.key ? state.revealed : undefined));
  const text = useRef<HTMLDivElement>(null);
  const [seen, setSeen] = useState(revealed);
  if (revealed !== seen) {
    setSeen(revealed);
    // Only the readable form has blocks that can be shown.
    if (revealed) setView('read');
  }
  useEffect(() => {
    if (!revealed || view !== 'read') return;
    const block = text.current?.querySelector<HTMLElement>(`[data-block="${CSS.escape(revealed.nodeId)}"]`);
    block?.scrollIntoView({ block: 'nearest' });
    block?.focus({ preventScroll: true });
  }, [revealed, view]);
  return (
    <div className="policy">
      <div className="policy-text" ref={text}>
        <div role="radiogroup" aria-label="View of the policy">
          <Radio.Group
            optionType="button"
            value={view}
            onChange={(event) => setView(event.target.value as 'read' | 'edit')}
            options={[
              { value: 'read', label: 'Read' },
              { value: 'edit', label: 'Edit as JSON' },
            ]}
          />
        </div>
        {view === 'read' ? (
          <Blocks document={document} trace={run?.outcome.trace} />
        ) : (
          <DocumentText document={document} />
        )}
      </div>
      <div className="policy-run">
        <InputPanel document={document} />
        <section className="input-panel" aria-label="Result">
          <div className="bar">
            <strong>Result</strong>
            {run && !run.outcome.failure && <Tag>{run.outcome.performance}</Tag>}
          </div>
          <div className="fill">
            <Suspense>
              <JsonEditor
                path={`result/${document.key}`}
                label="Result as JSON"
                value={run?.outcome.result === undefined ? '' : JSON.stringify(run.outcome.result, null, 2)}
                dark={dark}
              />
            </Suspense>
          </div>
        </section>
      </div>
    </div>
  );
}

function Blocks({ document, trace }: { document: Document; trace: unknown }) {
  const value = parsed(document.text);
  if (value instanceof Error) return <Alert type="error" message="This policy is not JSON" description={value.message} />;
  const ran = executions(trace);
  const imports = Array.isArray(value['imports']) ? value['imports'].filter((path) => typeof path === 'string') : [];
  return (
    <article className="blocks" aria-label={`Policy ${document.key}`}>
      {imports.length > 0 && <p>Imports {imports.map((path) => <code key={path}>{path} </code>)}</p>}
      {objects(value['blocks']).map((block, index) => (
        <Block key={index} block={block} runs={ran.get(String(block['id'])) ?? []} />
      ))}
    </article>
  );
}
