/** Opening a release by its address: a zip, of a signed environment, or of a running evaluator. */

import { Button, Form, Input, Modal, Tabs } from 'antd';
import { openAddress } from '../open/open';
import { EnvironmentForm } from './EnvironmentForm';
import { WEB } from './forms';
import { RegionForm } from './RegionForm';

interface Properties {
  shown: boolean;
  close(): void;
}

/** The dialog. Addresses of other origins must allow this page's (CORS). */
export function ReleaseDialog({ shown, close }: Properties) {
  return (
    <Modal title="A release by its address" open={shown} onCancel={close} footer={null} width={860} destroyOnClose>
      <Tabs
        items={[
          { key: 'zip', label: 'Release zip', children: <ZipForm close={close} /> },
          { key: 'environment', label: 'Signed environment', children: <EnvironmentForm close={close} /> },
          { key: 'region', label: 'Running region', children: <RegionForm close={close} /> },
        ]}
      />
    </Modal>
  );
}

function ZipForm({ close }: { close(): void }) {
  const submit = async ({ address, digest }: { address: string; digest?: string }) => {
    await openAddress(address, digest === undefined || digest === '' ? undefined : digest.toLowerCase());
    close();
  };
  return (
    <Form name="zip" layout="vertical" onFinish={(values: { address: string; digest?: string }) => void submit(values)}>
      <Form.Item name="address" label="Address of the zip" rules={[{ required: true }, WEB]}>
        <Input type="url" placeholder="https://…/pricing" />
      </Form.Item>
      <Form.Item
        name="digest"
        label="SHA-256 that it must have (optional)"
        rules={[{ pattern: /^[0-9a-fA-F]{64}$/, message: '64 hexadecimal digits' }]}
      >
        <Input />
      </Form.Item>
      <Button type="primary" htmlType="submit">
        Open
      </Button>
    </Form>
  );
}
