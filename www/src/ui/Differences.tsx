/** Where an answer is not what was expected. */

import { Table } from 'antd';
import type { Difference, Fault } from '../testing/judge';

/** Most lines that are shown. */
const SHOWN = 100;

interface Properties {
  fault: Fault;
  /** What to call the two sides. */
  titles?: [before: string, after: string];
}

/** A line for each place. */
export function Differences({ fault, titles = ['Expected', 'Actual'] }: Properties) {
  if (fault.differences.length === 0) return <p>{fault.message}</p>;
  return (
    <Table<Difference>
      size="small"
      pagination={false}
      rowKey="path"
      dataSource={fault.differences.slice(0, SHOWN)}
      columns={[
        { title: 'Where', dataIndex: 'path', render: (path: string) => <code>{path || 'the answer'}</code> },
        { title: titles[0], dataIndex: 'expected', render: (value) => <ins>{shown(value)}</ins> },
        { title: titles[1], dataIndex: 'actual', render: (value) => <del>{shown(value)}</del> },
      ]}
    />
  );
}

const shown = (value: unknown): string => (value === undefined ? 'nothing' : JSON.stringify(value));
