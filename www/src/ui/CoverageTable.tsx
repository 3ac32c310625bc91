/** What the cases that were run reach of each document. */

import { Progress, Table, Typography } from 'antd';
import { useMemo } from 'react';
import { useStore } from '../state/store';
import { parts, summary, type Part, type Reached } from '../testing/coverage';
import { useTests } from '../testing/tests';

interface Line {
  key: string;
  all: Part[];
  reached: Reached;
  nodes: readonly [number, number];
  rows: readonly [number, number];
}

/** A line for each decision that was tested; opened, it names what no case reached. */
export function CoverageTable() {
  const reached = useTests((state) => state.reached);
  const documents = useStore((state) => state.documents);
  const lines = useMemo(() => {
    const found: Line[] = [];
    for (const [key, counts] of reached) {
      const all = parts(documents.get(key)?.text ?? '{}');
      found.push({ key, all, reached: counts, ...summary(all, counts) });
    }
    return found;
  }, [reached, documents]);
  return (
    <>
      <Typography.Title level={4}>Coverage</Typography.Title>
      <Table
        size="small"
        dataSource={lines}
        pagination={{ pageSize: 20, showSizeChanger: false, hideOnSinglePage: true }}
        expandable={{
          rowExpandable: ({ nodes, rows }) => nodes[0] < nodes[1] || rows[0] < rows[1],
          expandedRowRender: (line) => <Missed line={line} />,
        }}
        columns={[
          { title: 'Decision', dataIndex: 'key' },
          { title: 'Nodes or blocks', dataIndex: 'nodes', render: (share: Line['nodes']) => <Share of={share} /> },
          { title: 'Rows and arms', dataIndex: 'rows', render: (share: Line['rows']) => <Share of={share} /> },
        ]}
      />
    </>
  );
}

function Share({ of: [some, all] }: { of: readonly [number, number] }) {
  if (all === 0) return '–';
  return <Progress percent={(some / all) * 100} size="small" format={() => `${some}/${all}`} aria-label={`${some} of ${all}`} />;
}

function Missed({ line: { all, reached } }: { line: Line }) {
  const missed = all.flatMap(({ id, name, rows }) => {
    if (!reached.nodes.has(id)) return [name];
    return rows.filter((row) => !reached.rows.has(`${id}/${row.id}`)).map((row) => `${name}: ${row.name}`);
  });
  return (
    <ul aria-label="Not reached">
      {missed.map((text, index) => (
        <li key={index}>{text}</li>
      ))}
    </ul>
  );
}
