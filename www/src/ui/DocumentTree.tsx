/** The documents of the project as a tree; only what is visible is in the page. */

import { useVirtualizer } from '@tanstack/react-virtual';
import { Empty, Input, Tag } from 'antd';
import { useDeferredValue, useEffect, useId, useMemo, useRef, useState, type KeyboardEvent } from 'react';
import type { Kind } from '../model/document';
import { useStore } from '../state/store';
import { rowsOf, type Row } from './tree';

const LABELS: Record<Kind, string> = { graph: '', policy: 'policy', test: 'tests', other: 'other', broken: 'unreadable' };
/** Height of a row in pixels. */
const ROW = 28;
/** Projects larger than this begin with their folders closed. */
const OPEN_ALL = 200;

/** Lists the documents and selects one. */
export function DocumentTree() {
  const documents = useStore((state) => state.documents);
  const [filter, setFilter] = useState('');
  const wanted = useDeferredValue(filter.trim().toLowerCase());
  const found = useMemo(() => [...documents.keys()].filter((key) => key.toLowerCase().includes(wanted)), [documents, wanted]);
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
      {found.length === 0 ? (
        <Empty description="No document matches" image={Empty.PRESENTED_IMAGE_SIMPLE} />
      ) : (
        <Rows keys={found} />
      )}
    </nav>
  );
}

/** The tree itself, as the ARIA practices have it: one stop for Tab, arrows inside. */
function Rows({ keys }: { keys: readonly string[] }) {
  const selected = useStore((state) => state.selected);
  // Folders that are not as they begin.
  const [toggled, setToggled] = useState<ReadonlySet<string>>(new Set());
  const [active, setActive] = useState(0);
  const all = keys.length <= OPEN_ALL;
  const rows = useMemo(
    () => rowsOf(keys, (folder) => (all || selected?.startsWith(folder) === true) !== toggled.has(folder)),
    [keys, all, selected, toggled],
  );
  const box = useRef<HTMLDivElement>(null);
  const id = useId();
  const virtual = useVirtualizer({ count: rows.length, getScrollElement: () => box.current, estimateSize: () => ROW, overscan: 8 });
  useEffect(() => {
    const index = rows.findIndex(({ key }) => key === selected);
    if (index >= 0) virtual.scrollToIndex(index);
    // oxlint-disable-next-line react-hooks/exhaustive-deps -- only where the selection goes: opening a folder must not scroll away from it
  }, [selected]);
  const current = Math.min(active, rows.length - 1);
  const go = (index: number) => {
    const next = Math.max(0, Math.min(index, rows.length - 1));
    setActive(next);
    virtual.scrollToIndex(next);
  };
  const act = (row: Row) => {
    if (!row.folder) return useStore.getState().select(row.key);
    const changed = new Set(toggled);
    if (!changed.delete(row.key)) changed.add(row.key);
    setToggled(changed);
  };
  const press = (event: KeyboardEvent) => {
    const row = rows[current];
    if (!row) return;
    const keysOf: Record<string, () => void> = {
      ArrowDown: () => go(current + 1),
      ArrowUp: () => go(current - 1),
      Home: () => go(0),
      End: () => go(rows.length - 1),
      Enter: () => act(row),
      ' ': () => act(row),
      ArrowRight: () => (row.folder && !row.open ? act(row) : go(current + 1)),
      ArrowLeft: () => (row.folder && row.open ? act(row) : go(row.parent)),
    };
    const chosen = keysOf[event.key];
    if (!chosen) return;
    event.preventDefault();
    chosen();
  };
  return (
    <div
      ref={box}
      className="fill rows"
      role="tree"
      aria-label="Documents"
      tabIndex={0}
      aria-activedescendant={`${id}-${current}`}
      onKeyDown={press}
    >
      <div role="presentation" style={{ height: virtual.getTotalSize(), position: 'relative' }}>
        {virtual.getVirtualItems().map(({ index, start }) => {
          const row = rows[index];
          if (!row) return null;
          return (
            // oxlint-disable-next-line jsx-a11y/click-events-have-key-events, jsx-a11y/interactive-supports-focus -- the tree has the focus and the keys
            <div
              key={row.key}
              id={`${id}-${index}`}
              role="treeitem"
              aria-level={row.depth + 1}
              aria-setsize={row.siblings}
              aria-posinset={row.place}
              aria-selected={row.key === selected}
              {...(row.folder && { 'aria-expanded': row.open })}
              className={index === current ? 'row current' : 'row'}
              style={{ top: start, height: ROW, paddingLeft: 8 + row.depth * 16 }}
              onClick={() => {
                setActive(index);
                act(row);
              }}
            >
              {row.folder && <span aria-hidden>{row.open ? '▾ ' : '▸ '}</span>}
              <span>{row.title}</span>
              {!row.folder && <Tags documentKey={row.key} />}
            </div>
          );
        })}
      </div>
    </div>
  );
}

function Tags({ documentKey }: { documentKey: string }) {
  const kind = useStore((state) => state.documents.get(documentKey)?.kind);
  const edited = useStore((state) => documentKey in state.originals);
  const label = kind ? LABELS[kind] : '';
  return (
    <>
      {edited && <Tag color="blue">edited</Tag>}
      {label && <Tag color={kind === 'broken' ? 'red' : 'default'}>{label}</Tag>}
    </>
  );
}
