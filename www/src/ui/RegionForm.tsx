/** Opening what a running evaluator serves. */

import { Alert, Button, Empty, Form, Input, Tag, Typography } from 'antd';
import { useRef, useState } from 'react';
import { evaluator } from '../regions/address';
import { ask, type Region } from '../regions/status';
import { ServedTable } from './ServedTable';
import { useOpenServed } from './useOpenServed';

interface Values {
  address: string;
  token?: string;
}

/** Asks for an address, then for one of the releases there. The token is gone with the form. */
export function RegionForm({ close }: { close(): void }) {
  const [region, setRegion] = useState<Region>();
  const [token, setToken] = useState('');
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<string>();
  const opener = useOpenServed(token, setProblem, close);
  const latest = useRef(0);
  const submit = async ({ address, token: given = '' }: Values) => {
    const mine = ++latest.current;
    setProblem(undefined);
    setRegion(undefined);
    setToken(given);
    setBusy(true);
    const found = await ask(evaluator(address) ?? address, given);
    if (mine !== latest.current) return;
    setBusy(false);
    setRegion(found);
  };
  return (
    <>
      <Form name="region" layout="vertical" onFinish={(values: Values) => void submit(values)}>
        <Form.Item
          name="address"
          label="Address of the evaluator"
          rules={[
            { required: true },
            {
              validator: (_, value?: string) =>
                !value || evaluator(value) ? Promise.resolve() : Promise.reject(new Error('an address begins with https:// and has no password')),
            },
          ]}
        >
          <Input type="url" placeholder="https://eu.rules.example.com" />
        </Form.Item>
        <Form.Item name="token" label="Operators' token, if it wants one; it is not stored">
          <Input.Password autoComplete="off" />
        </Form.Item>
        <Button type="primary" htmlType="submit" loading={busy}>
          Ask
        </Button>
      </Form>
      {problem && <Alert className="spaced" type="error" showIcon message="Nothing was opened" description={problem} />}
      {region?.problem && <Alert className="spaced" type="error" showIcon message="No status" description={region.problem} />}
      {region && !region.problem && (
        <section className="spaced" aria-label={`Region ${region.name}`}>
          <Typography.Title level={4}>
            {region.name} <Tag color={region.ready ? 'green' : 'red'}>{region.ready ? 'ready' : 'not ready'}</Tag>
          </Typography.Title>
          {region.served.length === 0 ? <Empty description="It serves no project yet" /> : <ServedTable region={region} opener={opener} />}
        </section>
      )}
    </>
  );
}
