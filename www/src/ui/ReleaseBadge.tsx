/** Which release is open and what vouches for it. */

import { Button, Descriptions, Modal, Tag, Typography } from 'antd';
import { useState } from 'react';
import type { ReleaseInfo } from '../release/open';
import { useStore } from '../state/store';
import { TrustTable } from './TrustTable';

/** A tag in the header; pressed, it shows identity, digest and trust. */
export function ReleaseBadge() {
  const release = useStore((state) => state.release);
  const edited = useStore((state) => Object.keys(state.originals).length);
  const [shown, setShown] = useState(false);
  if (!release) return null;
  const [colour, word] = verdict(release);
  return (
    <>
      <Button size="small" onClick={() => setShown(true)}>
        <Tag color={colour}>{word}</Tag>
        <code>{release.digest.slice(0, 12)}</code>
      </Button>
      {edited > 0 && <Tag color="blue">{edited} edited</Tag>}
      <Modal title="Release" open={shown} onCancel={() => setShown(false)} footer={null} width={860}>
        <Details release={release} />
      </Modal>
    </>
  );
}

function verdict({ trust }: ReleaseInfo): [colour: string, word: string] {
  if (trust.kind === 'unsigned') return ['orange', 'unsigned'];
  return trust.revoked ? ['red', 'revoked'] : ['green', 'verified'];
}

function Details({ release }: { release: ReleaseInfo }) {
  const { trust } = release;
  const items = [
    ['Project', release.project],
    ['Version', release.version],
    ['Release id', release.id],
    ['Environment', trust.kind === 'tuf' ? trust.environment : release.environment],
    ['Commit', release.commit],
    ['Deployed', release.deployedAt],
    ['Length', `${release.length} bytes`],
    ['SHA-256', release.digest],
  ].filter(([, value]) => value !== null);
  return (
    <>
      <Descriptions
        size="small"
        column={1}
        bordered
        items={items.map(([label, children]) => ({ key: label ?? '', label, children: <span className="long">{children}</span> }))}
      />
      <Typography.Paragraph className="spaced">
        {trust.kind === 'unsigned'
          ? 'Nothing vouches for this release but the way it came: what it says of itself is unproven. Its digest names its exact bytes.'
          : `The signed metadata of ${trust.environment} announces this digest. These keys vouch for it:`}
      </Typography.Paragraph>
      {trust.kind === 'tuf' && <TrustTable roles={trust.roles} />}
    </>
  );
}
