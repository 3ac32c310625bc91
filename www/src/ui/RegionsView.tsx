/** Regions: what each of them serves, as it changes. */

import { Alert, Empty, Input, Table, Tag, Typography } from 'antd';
import { useEffect, useState } from 'react';
import { ask, converged, type Region, type Served } from '../regions/status';
import { useStore } from '../state/store';

/** Milliseconds between two rounds of questions. */
const INTERVAL = 2_000;

/** The addresses and what comes from them. The token is kept nowhere. */
export function RegionsView() {
  const addresses = useStore((state) => state.regions);
  const [token, setToken] = useState('');
  const regions = useRegions(addresses, token);
  const one = converged(regions);
  return (
    <section className="view" aria-label="Regions">
      <label>
        Addresses of evaluators, one a line
        <Input.TextArea
          rows={3}
          placeholder="https://eu.rules.example.com"
          value={addresses}
          onChange={(event) => useStore.getState().setRegions(event.target.value)}
        />
      </label>
      <label>
        Operators' token, if they want one; it is not stored
        <Input.Password autoComplete="off" value={token} onChange={(event) => setToken(event.target.value)} />
      </label>
      {regions.length === 0 ? (
        <Empty description="Give the address of an evaluator that allows this page (CORS)" />
      ) : (
        <>
          <div aria-live="polite">
            {one === true && <Alert type="success" showIcon message="All regions serve the same releases" />}
            {one === false && <Alert type="warning" showIcon message="Regions serve different releases" />}
            {one === undefined && <Alert type="error" showIcon message="Not all regions answer" />}
          </div>
          {regions.map((region) => (
            <RegionTable key={region.address} region={region} />
          ))}
        </>
      )}
    </section>
  );
}

/** Asks all addresses, again and again while the view is shown. */
function useRegions(addresses: string, token: string): Region[] {
  const [regions, setRegions] = useState<Region[]>([]);
  useEffect(() => {
    const list = [...new Set(addresses.split(/\s+/).filter((address) => /^https?:\/\//.test(address) && URL.canParse(address)))];
    let ended = false;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const round = async () => {
      const found = await Promise.all(list.map((address) => ask(address, token)));
      if (ended) return;
      setRegions(found);
      if (list.length > 0) timer = setTimeout(() => void round(), INTERVAL);
    };
    void round();
    return () => {
      ended = true;
      clearTimeout(timer);
    };
  }, [addresses, token]);
  return regions;
}

const COLOURS: Record<string, string> = { fresh: 'green', stale: 'orange', expired: 'red' };

function RegionTable({ region }: { region: Region }) {
  const { name, address, ready, problem, served } = region;
  return (
    <section aria-label={`Region ${name}`}>
      <Typography.Title level={4}>
        {name} <Tag color={ready ? 'green' : 'red'}>{ready ? 'ready' : 'not ready'}</Tag>
        <Typography.Text type="secondary">{address}</Typography.Text>
      </Typography.Title>
      {problem ? (
        <Alert type="error" showIcon message={problem} />
      ) : (
        <Table<Served>
          size="small"
          pagination={false}
          scroll={{ x: true }}
          rowKey={({ environment, project }) => `${environment}/${project}`}
          dataSource={served}
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
          ]}
        />
      )}
    </section>
  );
}
