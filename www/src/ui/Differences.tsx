/** Where an answer is not what was expected. */

import { Table } from 'antd';
import type { Difference, Fault } from '../testing/judge';

/** Most lines that are shown. */
const SHOWN = 100;

/** A line for each place. */
export function Differences({ fault }: { fault: Fault }) {
  if (fault.differences.length === 0) return <p>{fault.message}</p>;
  return (
    <Table<Difference>
      size="small"
      pagination={false}
      rowKey="path"
      dataSource={fault.differences.slice(0, SHOWN)}
      columns={[
        { title: 'Where', dataIndex: 'path', render: (path: string) => <code>{path || 'the answer'}</code> },
        { title: 'Expected', dataIndex: 'expected', render: (value) => <ins>{shown(value)}</ins> },
        { title: 'Actual', dataIndex: 'actual', render: (value) => <del>{shown(value)}</del> },
      ]}
    />
  );
}

const shown = (value: unknown): string => (value === undefined ? 'nothing' : JSON.stringify(value));
