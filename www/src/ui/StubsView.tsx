/** What custom nodes and HTTP requests answer: typed by the user, never asked of anybody. */

import { Alert, Button, Typography } from 'antd';
import { lazy, Suspense, useMemo } from 'react';
import { objects, parsed, isObject } from '../model/document';
import { useStore } from '../state/store';
import { EXAMPLE, readStubs } from '../stubs/stubs';
import { useDark } from './theme';

const JsonEditor = lazy(() => import('../editor/JsonEditor'));

/** The editor of stubs. */
export function StubsView() {
  const dark = useDark();
  const text = useStore((state) => state.stubs);
  const documents = useStore((state) => state.documents);
  const { setStubs } = useStore.getState();
  const kinds = useMemo(() => [...new Set([...documents.values()].flatMap(({ text: json }) => customKinds(json)))], [documents]);
  const read = readStubs(text);
  return (
    <section className="column view" aria-label="Stubs">
      <Typography.Paragraph>
        Custom nodes answer what is given here for their kind, and HTTP requests of functions what is given for their
        method and address. Nothing is sent.
      </Typography.Paragraph>
      {kinds.length > 0 && <Typography.Paragraph>Kinds of custom nodes in this project: {kinds.join(', ')}</Typography.Paragraph>}
      {text.trim() === '{}' && <Button className="start" onClick={() => setStubs(EXAMPLE)}>Begin with an example</Button>}
      {typeof read === 'string' && <Alert type="warning" showIcon message={read} />}
      <div className="fill tall">
        <Suspense>
          <JsonEditor path="stubs" label="Stubs as JSON" value={text} dark={dark} onChange={setStubs} />
        </Suspense>
      </div>
    </section>
  );
}

function customKinds(text: string): string[] {
  if (!text.includes('customNode')) return [];
  const value = parsed(text);
  if (value instanceof Error) return [];
  const contents = objects(value['nodes']).map((node) => (node['type'] === 'customNode' ? node['content'] : undefined));
  return contents.flatMap((content) => (isObject(content) && typeof content['kind'] === 'string' ? [content['kind']] : []));
}
