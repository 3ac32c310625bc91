/** The page: what is open on the left, the selected document on the right. */

import { BulbOutlined } from '@ant-design/icons';
import { Alert, App as Notices, Button, ConfigProvider, Radio, theme } from 'antd';
import { useEffect, useState, type DragEvent } from 'react';
import { dropped } from '../open/files';
import { open } from '../open/open';
import { engine, useStore, type View } from '../state/store';
import { CompareView } from './CompareView';
import { DocumentPane } from './DocumentPane';
import { DocumentTree } from './DocumentTree';
import { Kept, NewerVersion } from './Offline';
import { OpenMenu } from './OpenMenu';
import { RegionsView } from './RegionsView';
import { ReleaseBadge } from './ReleaseBadge';
import { StubsView } from './StubsView';
import { TakeAway } from './TakeAway';
import { TestView } from './TestView';
import { useDark } from './theme';
import { Welcome } from './Welcome';
import { WhatIfView } from './WhatIfView';

const VIEWS: { value: View; label: string }[] = [
  { value: 'simulate', label: 'Simulate' },
  { value: 'test', label: 'Test' },
  { value: 'compare', label: 'Compare' },
  { value: 'whatif', label: 'What if' },
  { value: 'stubs', label: 'Stubs' },
  { value: 'regions', label: 'Regions' },
];

// Colours whose contrast is 4.5 and more, which antd's own are not.
const LIGHT = {
  colorPrimary: '#1f4b99',
  colorLink: '#1f4b99',
  colorSuccess: '#237804',
  colorTextTertiary: '#595959',
  colorTextPlaceholder: '#595959',
  colorTextDescription: '#595959',
};
const DARK = {
  colorPrimary: '#3c7be0',
  colorLink: '#69b1ff',
  colorTextTertiary: '#a6a6a6',
  colorTextPlaceholder: '#a6a6a6',
  colorTextDescription: '#a6a6a6',
};

// The same, where the primary colour is a text's, or white is on its lighter shade.
const DARK_PARTS = {
  Button: { colorPrimaryHover: '#3a70c4', defaultHoverColor: '#69b1ff', defaultHoverBorderColor: '#69b1ff' },
  Tabs: { itemSelectedColor: '#69b1ff', itemHoverColor: '#69b1ff', itemActiveColor: '#69b1ff' },
};

/** Whether the user wants no motion. */
const still = matchMedia('(prefers-reduced-motion: reduce)').matches;

/** Everything. */
export function App() {
  const dark = useDark();
  useEffect(() => {
    globalThis.document.documentElement.dataset['theme'] = dark ? 'dark' : 'light';
  }, [dark]);
  const algorithm = dark ? theme.darkAlgorithm : theme.defaultAlgorithm;
  return (
    <ConfigProvider theme={{ algorithm, token: { ...(dark ? DARK : LIGHT), motion: !still }, components: dark ? DARK_PARTS : {} }}>
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
        <div role="radiogroup" aria-label="View">
          <Radio.Group
            className="views"
            optionType="button"
            value={view}
            onChange={(event) => useStore.getState().setView(event.target.value as View)}
            options={VIEWS.map((option) => ({ ...option, disabled: !isOpen && option.value !== 'regions' && option.value !== view }))}
          />
        </div>
        <span className="grow" />
        {isOpen && <TakeAway />}
        <Versions />
        <Kept />
        <Theme />
      </header>
      <NewerVersion />
      {problem && (
        <Alert type="error" banner closable message={problem} onClose={() => useStore.getState().fail(undefined)} />
      )}
      {isOpen ? (
        <div className="body">
          <DocumentTree />
          <main>
            <Shown />
          </main>
        </div>
      ) : (
        <main className="alone">{view === 'regions' ? <RegionsView /> : <Welcome />}</main>
      )}
    </div>
  );
}

function Shown() {
  const view = useStore((state) => state.view);
  const document = useStore((state) => (state.selected === undefined ? undefined : state.documents.get(state.selected)));
  switch (view) {
    case 'test':
      return <TestView />;
    case 'compare':
      return <CompareView />;
    case 'whatif':
      return <WhatIfView key={document?.key} />;
    case 'stubs':
      return <StubsView />;
    case 'regions':
      return <RegionsView />;
    case 'simulate':
      return document && <DocumentPane document={document} />;
  }
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
