/** What compilation says about a document, beside it: errors and warnings that lead to what they are about. */

import { CloseCircleOutlined, WarningOutlined } from '@ant-design/icons';
import { Button } from 'antd';
import { useEffect, useMemo, useState } from 'react';
import type { Finding } from '../engine/protocol';
import { isObject, objects, parsed, type Document } from '../model/document';
import { engine, useStore } from '../state/store';

/** Milliseconds without a change before a document is checked again. */
const QUIET = 300;
/** Most findings that are shown at once. */
const SHOWN = 50;

/** The findings in a document and in what it needs; those of an earlier text stay until the next are there. */
function useFindings(key: string): readonly Finding[] {
  const texts = useStore((state) => state.texts);
  const stubs = useStore((state) => state.stubs);
  const [found, setFound] = useState<readonly Finding[]>([]);
  useEffect(() => {
    let wanted = true;
    const timer = setTimeout(async () => {
      const next = await engine.check(texts, key);
      if (wanted) setFound(next);
    }, QUIET);
    return () => {
      wanted = false;
      clearTimeout(timer);
    };
  }, [key, texts, stubs]);
  return found;
}

/** Names of nodes and blocks, as far as they have one. */
function names(text: string): Map<string, string> {
  const value = parsed(text);
  if (value instanceof Error) return new Map();
  const nodes = objects(value['nodes']).map(({ id, name }) => [id, name] as const);
  const blocks = objects(value['blocks']).map(({ id, props }) => {
    const data = isObject(props) && isObject(props['data']) ? props['data'] : {};
    return [id, data['key'] ?? data['name'] ?? data['output']] as const;
  });
  return new Map([...nodes, ...blocks].filter((pair): pair is [string, string] => pair.every((part) => typeof part === 'string')));
}

/** A list of findings; nothing if there are none. */
export function Findings({ document: { key } }: { document: Document }) {
  const found = useFindings(key);
  const errors = found.filter(({ severity }) => severity === 'error').length;
  return (
    <section aria-label="What compilation says" aria-live="polite">
      {found.length > 0 && (
        <div className="findings">
          <strong>{counted(errors, found.length - errors)}</strong>
          <ul>
            {found.slice(0, SHOWN).map((finding, index) => (
              <Line key={index} finding={finding} shown={key} />
            ))}
          </ul>
        </div>
      )}
    </section>
  );
}

function Line({ finding: { severity, key, nodeId, message }, shown }: { finding: Finding; shown: string }) {
  const Icon = severity === 'error' ? CloseCircleOutlined : WarningOutlined;
  return (
    <li className={severity}>
      <Icon aria-label={severity} /> {key.toLowerCase() !== shown.toLowerCase() && <code>{key}</code>}
      {nodeId !== undefined && <NodeLink documentKey={key} nodeId={nodeId} />} <span>{message}</span>
    </li>
  );
}

/** A node or block by its name; pressed, it is shown. */
export function NodeLink({ documentKey, nodeId }: { documentKey: string; nodeId: string }) {
  const text = useStore((state) => state.documents.get(documentKey)?.text);
  const kind = useStore((state) => (state.documents.get(documentKey)?.kind === 'policy' ? 'Block' : 'Node'));
  const name = useMemo(() => names(text ?? '{}').get(nodeId), [text, nodeId]);
  return (
    <Button type="link" size="small" onClick={() => useStore.getState().reveal(documentKey, nodeId)}>
      {name === undefined || name === nodeId ? `${kind} ${nodeId}` : `${kind} ${nodeId} (${name})`}
    </Button>
  );
}

function counted(errors: number, warnings: number): string {
  const some = (count: number, word: string) => (count === 0 ? [] : [`${count} ${word}${count === 1 ? '' : 's'}`]);
  return [...some(errors, 'error'), ...some(warnings, 'warning')].join(', ');
}
