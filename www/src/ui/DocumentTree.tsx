/** The documents of the project as a tree; only what is visible is in the page. */

import { Empty, Input, Tag, Tree } from 'antd';
import type { DataNode } from 'antd/es/tree';
import { useDeferredValue, useMemo, useRef, useState } from 'react';
import type { Document, Kind } from '../model/document';
import { useStore } from '../state/store';
import { useHeight } from './useHeight';

const LABELS: Record<Kind, string> = { graph: '', policy: 'policy', test: 'tests', other: 'other', broken: 'unreadable' };

/** Lists the documents and selects one. */
export function DocumentTree() {
  const documents = useStore((state) => state.documents);
  const originals = useStore((state) => state.originals);
  const selected = useStore((state) => state.selected);
  const [filter, setFilter] = useState('');
  const wanted = useDeferredValue(filter.trim().toLowerCase());
  const box = useRef<HTMLDivElement>(null);
  const height = useHeight(box);
  const found = useMemo(
    () => [...documents.values()].filter(({ key }) => key.toLowerCase().includes(wanted)),
    [documents, wanted],
  );
  const nodes = useMemo(() => branches(found), [found]);
  return (
    <nav className="tree" aria-label="Documents">
      <Input.Search
        size="small"
        type="search"
        allowClear
        placeholder={`Find in ${documents.size} documents`}
        aria-label="Find a document"
        value={filter}
        onChange={(event) => setFilter(event.target.value)}
      />
      <div className="fill" ref={box}>
        {found.length === 0 && <Empty description="No document matches" image={Empty.PRESENTED_IMAGE_SIMPLE} />}
        {found.length > 0 && height > 0 && (
          <Tree.DirectoryTree
            key={`${wanted === '' ? documents.size : wanted}`}
            height={height}
            showIcon={false}
            virtual
            blockNode
            expandAction="click"
            defaultExpandAll={found.length < 200}
            defaultExpandedKeys={selected === undefined ? [] : folders(selected)}
            selectedKeys={selected === undefined ? [] : [selected]}
            treeData={nodes}
            titleRender={(node) => title(node, documents.get(String(node.key)), String(node.key) in originals)}
            onSelect={(_, { node }) => {
              if (node.isLeaf) useStore.getState().select(String(node.key));
            }}
          />
        )}
      </div>
    </nav>
  );
}

function title(node: DataNode, document: Document | undefined, edited: boolean) {
  const label = document ? LABELS[document.kind] : '';
  return (
    <span className="leaf">
      <span>{String(node.title)}</span>
      {edited && <Tag color="blue">edited</Tag>}
      {label && <Tag color={document?.kind === 'broken' ? 'red' : 'default'}>{label}</Tag>}
    </span>
  );
}

function folders(key: string): string[] {
  const parts = key.split('/').slice(0, -1);
  return parts.map((_, index) => `${parts.slice(0, index + 1).join('/')}/`);
}

function branches(documents: readonly Document[]): DataNode[] {
  const root: DataNode[] = [];
  const known = new Map<string, DataNode[]>([['', root]]);
  const children = (folder: string): DataNode[] => {
    const ready = known.get(folder);
    if (ready) return ready;
    const end = folder.lastIndexOf('/', folder.length - 2) + 1;
    const made: DataNode[] = [];
    children(folder.slice(0, end)).push({ key: folder, title: folder.slice(end, -1), children: made, selectable: false });
    known.set(folder, made);
    return made;
  };
  for (const { key } of documents) {
    const end = key.lastIndexOf('/') + 1;
    children(key.slice(0, end)).push({ key, title: key.slice(end), isLeaf: true });
  }
  return root;
}
