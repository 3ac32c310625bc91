/** Opening a release by its address: a zip, or out of an environment whose signatures are checked. */

import { Alert, Button, Form, Input, List, Modal, Tabs } from 'antd';
import { useState } from 'react';
import type { AnnouncedRelease, Inspection } from 'zen-edge';
import { openAddress, opening } from '../open/open';
import { inspect, openAnnounced } from '../release/open';
import { useStore } from '../state/store';
import { TrustTable } from './TrustTable';

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
        ]}
      />
    </Modal>
  );
}

const WEB = { type: 'url' as const, message: 'an address begins with https://' };

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

interface Found {
  address: string;
  inspection: Inspection;
}

function EnvironmentForm({ close }: { close(): void }) {
  const [found, setFound] = useState<Found>();
  const [problem, setProblem] = useState<string>();
  const submit = async ({ address, root }: { address: string; root: string }) => {
    setFound(undefined);
    setProblem(undefined);
    try {
      setFound({ address, inspection: await inspect({ address, root }) });
    } catch (error) {
      setProblem(error instanceof Error ? error.message : String(error));
    }
  };
  return (
    <>
      <Form name="environment" layout="vertical" onFinish={(values: { address: string; root: string }) => void submit(values)}>
        <Form.Item name="address" label="Address of the environment" rules={[{ required: true }, WEB]}>
          <Input type="url" placeholder="https://…/production" />
        </Form.Item>
        <Form.Item name="root" label="Trusted root, the JSON that zen-edge init wrote" rules={[{ required: true }]}>
          <Input.TextArea rows={4} />
        </Form.Item>
        <Button type="primary" htmlType="submit">
          Verify
        </Button>
      </Form>
      {problem && <Alert className="spaced" type="error" showIcon message="Refused" description={problem} />}
      {found && <Findings found={found} close={close} />}
    </>
  );
}

function Findings({ found: { address, inspection }, close }: { found: Found; close(): void }) {
  const { refusal, roles, projects, environment } = inspection;
  const take = async (project: string, announced: AnnouncedRelease) => {
    await opening(() => openAnnounced(address, inspection, project, announced));
    if (!useStore.getState().problem) close();
  };
  return (
    <>
      {refusal ? (
        <Alert className="spaced" type="error" showIcon message={`Refused: ${refusal.kind}`} description={refusal.message} />
      ) : (
        <Alert className="spaced" type="success" showIcon message={`The metadata of ${environment} is verified`} />
      )}
      <TrustTable roles={roles} />
      <List
        size="small"
        header="Projects"
        dataSource={Object.entries(projects)}
        renderItem={([project, announced]) =>
          'error' in announced ? (
            <List.Item>{`${project}: ${announced.error.message}`}</List.Item>
          ) : (
            <List.Item
              actions={[
                <Button key="open" disabled={refusal !== null} onClick={() => void take(project, announced)}>
                  Open {project}
                </Button>,
              ]}
            >
              {project} {announced.version ?? ''} <code>{announced.digest.slice(0, 12)}</code>
            </List.Item>
          )
        }
      />
    </>
  );
}
