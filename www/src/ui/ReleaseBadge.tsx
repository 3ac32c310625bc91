/** Which release is open and what vouches for it. */

import { Button, Descriptions, Modal, Tag, Typography } from 'antd';
import { useState } from 'react';
import type { RegionTrust, ReleaseInfo, Trust } from '../release/open';
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
  if (trust.kind === 'region') return ['blue', `served by ${trust.region}`];
  return trust.revoked ? ['red', 'revoked'] : ['green', 'verified'];
}

function Details({ release }: { release: ReleaseInfo }) {
  const { trust } = release;
  const items = [
    ['Project', release.project],
    ['Version', release.version],
    ['Release id', release.id],
    ['Environment', trust.kind === 'unsigned' ? release.environment : trust.environment],
    ['Commit', release.commit],
    ['Deployed', release.deployedAt],
    ['Length', `${release.length} bytes`],
    ['SHA-256', release.digest],
    ...(trust.kind === 'region' ? saidBy(trust) : []),
  ].filter(([, value]) => value !== null && value !== undefined);
  return (
    <>
      <Descriptions
        size="small"
        column={1}
        bordered
        items={items.map(([label, children]) => ({ key: label ?? '', label, children: <span className="long">{children}</span> }))}
      />
      <Typography.Paragraph className="spaced">
        {proof(trust)}
      </Typography.Paragraph>
      {trust.kind === 'tuf' && <TrustTable roles={trust.roles} />}
    </>
  );
}

/** What the region's status said, beside the digest. */
function saidBy({ region, address, revision, age, staleness, source, asked }: RegionTrust): [string, string | undefined][] {
  return [
    ['Region', region === address ? address : `${region} (${address})`],
    ['Revision', revision?.toString()],
    ['Source', source],
    ['Age', age === undefined ? undefined : `a source had confirmed it ${age} s before`],
    ['State', staleness],
    ['Said at', asked],
  ];
}

/** Why the release may be believed, and how far. */
function proof(trust: Trust): string {
  switch (trust.kind) {
    case 'unsigned':
      return 'Nothing vouches for this release but the way it came: what it says of itself is unproven. Its digest names its exact bytes.';
    case 'tuf':
      return `The signed metadata of ${trust.environment} announces this digest. These keys vouch for it:`;
    case 'region':
      return `${WORDS[trust.basis ?? ''] ?? WORDS['']} This page has checked that the bytes have the digest that the region named, and no more: it has seen no signature. Whoever controls the region can tell this page anything. To have signatures checked here, open the environment itself, with its trusted root.`;
  }
}

/** What the region said that it believes the release by. */
const WORDS: Record<string, string> = {
  tuf: 'The region vouches for this release: it says that it verified it by the signatures of the environment.',
  unsigned: 'The region says that it serves this release, which came to it from an unsigned source: it checked no signature either.',
  '': 'The region says that it serves this release; it does not say how it verified it.',
};
