/** The page: what is open on the left, the selected document on the right. */

import { BulbOutlined } from '@ant-design/icons';
import { Alert, App as Notices, Button, ConfigProvider, Segmented, theme } from 'antd';
import { useEffect, useState, type DragEvent } from 'react';
import { dropped } from '../open/files';
import { open } from '../open/open';
import { engine, useStore, type View } from '../state/store';
import { CompareView } from './CompareView';
import { DocumentPane } from './DocumentPane';
import { DocumentTree } from './DocumentTree';
import { OpenMenu } from './OpenMenu';
import { ReleaseBadge } from './ReleaseBadge';
import { StubsView } from './StubsView';
import { TakeAway } from './TakeAway';
import { TestView } from './TestView';
import { useDark } from './theme';
import { Welcome } from './Welcome';
import { WhatIfView } from './WhatIfView';

/** Everything. */
export function App() {
  const dark = useDark();
  useEffect(() => {
    globalThis.document.documentElement.dataset['theme'] = dark ? 'dark' : 'light';
  }, [dark]);
  const algorithm = dark ? theme.darkAlgorithm : theme.defaultAlgorithm;
  return (
    <ConfigProvider theme={{ algorithm, token: { colorPrimary: dark ? '#3c7be0' : '#1f4b99' } }}>
      <Notices className="notices">
        <Page />
      </Notices>
    </ConfigProvider>
  );
}

function Page() {
  const name = useStore((state) => state.name);
  const problem = useStore((state) => state.problem);
  const isOpen = useStore((state) => state.documents.size > 0);
  const view = useStore((state) => state.view);
  const document = useStore((state) => (state.selected === undefined ? undefined : state.documents.get(state.selected)));
  const [over, setOver] = useState(false);
  const drop = async (event: DragEvent) => {
    event.preventDefault();
    setOver(false);
    const files = await dropped(event.dataTransfer);
    if (files.length > 0) await open(files);
  };
  return (
    <div
      className={over ? 'page over' : 'page'}
      onDragOver={(event) => {
        if (!event.dataTransfer.types.includes('Files')) return;
        event.preventDefault();
        setOver(true);
      }}
      onDragLeave={(event) => {
        if (event.currentTarget === event.target) setOver(false);
      }}
      onDrop={(event) => {
        if (event.dataTransfer.types.includes('Files')) void drop(event);
      }}
    >
      <header>
        <h1>zen-edge simulator</h1>
        <OpenMenu />
        <span className="project">{name}</span>
        <ReleaseBadge />
        {isOpen && (
          <Segmented<View>
            aria-label="View"
            value={view}
            onChange={(chosen) => useStore.getState().setView(chosen)}
            options={[
              { value: 'simulate', label: 'Simulate' },
              { value: 'test', label: 'Test' },
              { value: 'compare', label: 'Compare' },
              { value: 'whatif', label: 'What if' },
              { value: 'stubs', label: 'Stubs' },
            ]}
          />
        )}
        <span className="grow" />
        {isOpen && <TakeAway />}
        <Versions />
        <Theme />
      </header>
      {problem && (
        <Alert type="error" banner closable message={problem} onClose={() => useStore.getState().fail(undefined)} />
      )}
      {isOpen ? (
        <div className="body">
          <DocumentTree />
          <main>
            {view === 'simulate' && document && <DocumentPane document={document} />}
            {view === 'test' && <TestView />}
            {view === 'compare' && <CompareView />}
            {view === 'whatif' && <WhatIfView key={document?.key} />}
            {view === 'stubs' && <StubsView />}
          </main>
        </div>
      ) : (
        <Welcome />
      )}
    </div>
  );
}

function Theme() {
  const dark = useDark();
  return (
    <Button
      icon={<BulbOutlined />}
      aria-label={dark ? 'Light colours' : 'Dark colours'}
      onClick={() => useStore.getState().setDark(!dark)}
    />
  );
}

/** The versions that answer, or why none does: shown before anything is run. */
function Versions() {
  const [text, setText] = useState('');
  useEffect(() => {
    engine.versions().then(
      (found) => setText(`zen-edge ${found.package}, ZEN engine ${found.engine}`),
      (error: Error) => useStore.getState().fail(`The engine does not start: ${error.message}`),
    );
  }, []);
  return <span className="versions">{text}</span>;
}
