/** What a region serves, as a table from which releases are opened. */

import { Button, Table, Tag } from 'antd';
import type { Region, Served } from '../regions/status';
import { servedKey, type OpenServed } from './useOpenServed';

const COLOURS: Record<string, string> = { fresh: 'green', stale: 'orange', expired: 'red' };

/** One line for each project of each environment. */
export function ServedTable({ region, opener: { busy, open } }: { region: Region; opener: OpenServed }) {
  const opening = (served: Served) => busy?.region === region.address && busy.served === servedKey(served);
  return (
    <Table<Served>
      size="small"
      pagination={{ pageSize: 20, showSizeChanger: false, hideOnSinglePage: true }}
      scroll={{ x: true }}
      rowKey={servedKey}
      dataSource={region.served}
      columns={[
        { title: 'Environment', dataIndex: 'environment' },
        { title: 'Project', dataIndex: 'project' },
        { title: 'Version', dataIndex: 'version' },
        { title: 'Digest', dataIndex: 'digest', render: (digest?: string) => <code>{digest?.slice(0, 12)}</code> },
        { title: 'Revision', dataIndex: 'revision' },
        { title: 'Age', dataIndex: 'age', render: (age?: number) => (age === undefined ? '' : `${age} s`) },
        {
          title: 'State',
          dataIndex: 'staleness',
          render: (state: string) => <Tag color={COLOURS[state] ?? 'default'}>{state}</Tag>,
        },
        { title: 'Source', dataIndex: 'source' },
        { title: 'Error', dataIndex: 'error' },
        {
          title: 'Rules',
          key: 'open',
          render: (_, served) => (
            <Button
              size="small"
              disabled={served.digest === undefined || (busy !== undefined && !opening(served))}
              loading={opening(served)}
              aria-label={`Open ${served.project} of ${served.environment}, as ${region.name} serves it`}
              onClick={() => open(region, served)}
            >
              Open
            </Button>
          ),
        },
      ]}
    />
  );
}
