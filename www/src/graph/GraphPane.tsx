/** A graph in GoRules' editor, with its simulator and the trace of the last run on its nodes. */

import { CaretRightOutlined } from '@ant-design/icons';
import {
  DecisionGraph,
  GraphSimulator,
  JdmConfigProvider,
  type DecisionGraphRef,
  type DecisionGraphType,
} from '@gorules/jdm-editor';
import '@gorules/jdm-editor/dist/style.css';
import '../editor/JsonEditor';
import { Alert } from 'antd';
import { useCallback, useEffect, useMemo, useRef, useState } from 'react';
import type { Document } from '../model/document';
import { useStore } from '../state/store';
import { InputPanel } from '../ui/InputPanel';
import { useDark } from '../ui/theme';
import { useCoverageOnNodes } from './coverage';
import { OpenTable } from './OpenTable';
import { readGraph, writeGraph } from './read';
import { simulation } from './simulation';

/** Edits and simulates one graph. */
export default function GraphPane({ document }: { document: Document }) {
  const { key, text } = document;
  const dark = useDark();
  const run = useStore((state) => state.runs[key]);
  useCoverageOnNodes(key, text);
  // What the editor itself wrote need not be read back: it would lose its selection.
  const [own] = useState(() => new Map<string, DecisionGraphType>());
  const graph = useMemo(() => own.get(text) ?? readGraph(text), [own, text]);
  const onChange = useCallback(
    (changed: DecisionGraphType) => {
      const before = readGraph(text);
      if (!('problem' in before) && JSON.stringify(before) === JSON.stringify(changed)) return;
      const written = writeGraph(text, changed);
      own.clear();
      own.set(written, changed);
      useStore.getState().edit(key, written);
    },
    [key, text, own],
  );
  const panels = useMemo(
    () => [
      {
        id: 'simulator',
        title: 'Simulator',
        icon: <CaretRightOutlined />,
        hideHeader: true,
        renderPanel: () => <GraphSimulator leftPanel={CurrentInput} />,
      },
    ],
    [],
  );
  const editor = useRef<DecisionGraphRef>(null);
  const revealed = useStore((state) => (state.revealed?.key === key ? state.revealed : undefined));
  useEffect(() => {
    if (!revealed) return;
    editor.current?.openTab('graph');
    editor.current?.triggerNodeSelect(revealed.nodeId, 'only');
    editor.current?.goToNode(revealed.nodeId);
  }, [revealed]);
  const simulate = useMemo(() => ('problem' in graph ? undefined : simulation(run, graph)), [run, graph]);
  const tabs = useMemo(() => <OpenTable documentKey={key} />, [key]);
  if ('problem' in graph) {
    return <Alert type="error" showIcon message="This graph cannot be drawn" description={graph.problem} />;
  }
  return (
    <JdmConfigProvider theme={{ mode: dark ? 'dark' : 'light' }}>
      <DecisionGraph
        key={key}
        ref={editor}
        tabBarExtraContent={tabs}
        value={graph}
        onChange={onChange}
        panels={panels}
        defaultActivePanel="simulator"
        {...(simulate && { simulate })}
      />
    </JdmConfigProvider>
  );
}

/** The editor gives its panels no properties of ours, so the document comes from the state. */
function CurrentInput() {
  const document = useStore((state) => (state.selected === undefined ? undefined : state.documents.get(state.selected)));
  return document ? <InputPanel key={document.key} document={document} /> : null;
}
