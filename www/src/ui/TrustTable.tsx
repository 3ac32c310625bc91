/** The roles of an environment and the keys that vouch for them. */

import { Table, Tag, Typography } from 'antd';
import type { TrustedRole } from 'zen-edge';

const COLOURS = { signed: 'green', absent: 'default', wrong: 'red', unusable: 'red' } as const;

/** One line for each role, and each of its keys with what came of it. */
export function TrustTable({ roles }: { roles: readonly TrustedRole[] }) {
  return (
    <Table
      size="small"
      pagination={false}
      rowKey="role"
      dataSource={[...roles]}
      columns={[
        { title: 'Role', dataIndex: 'role' },
        { title: 'Version', dataIndex: 'version' },
        { title: 'Expires', dataIndex: 'expires' },
        { title: 'Threshold', dataIndex: 'threshold' },
        { title: 'Keys', dataIndex: 'keys', render: (keys: TrustedRole['keys']) => <Keys keys={keys} /> },
      ]}
    />
  );
}

function Keys({ keys }: { keys: TrustedRole['keys'] }) {
  return Object.entries(keys).map(([id, state]) => (
    <div key={id}>
      <Tag color={COLOURS[state]}>{state}</Tag>
      <Typography.Text code copyable={{ text: id }}>
        {id.slice(0, 12)}…
      </Typography.Text>
    </div>
  ));
}
