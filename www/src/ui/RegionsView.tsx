/** Regions: what each of them serves, as it changes. */

import { Alert, Button, Empty, Input, Tag, Typography } from 'antd';
import { useState, type FormEvent } from 'react';
import { evaluators } from '../regions/address';
import { useRegions } from '../regions/follow';
import { converged, type Region } from '../regions/status';
import { useStore } from '../state/store';
import { ServedTable } from './ServedTable';
import { useOpenServed, type OpenServed } from './useOpenServed';
import { Waiting } from './Waiting';

/**
 * The addresses and what comes from them. The token is kept nowhere. What is typed counts when its user
 * says so: half an address may be somebody else's, who would be sent the token.
 */
export function RegionsView() {
  const preset = useStore((state) => state.settings.regions);
  const kept = useStore((state) => state.regions) ?? preset.join('\n');
  const [typed, setTyped] = useState<string>();
  const [secret, setSecret] = useState('');
  const [token, setToken] = useState('');
  const addresses = evaluators(kept);
  const regions = useRegions(addresses, token);
  const opener = useOpenServed(token, tell);
  const follow = (event: FormEvent) => {
    event.preventDefault();
    if (typed !== undefined) useStore.getState().setRegions(typed);
    setTyped(undefined);
    setToken(secret);
  };
  return (
    <section className="view" aria-label="Regions">
      <form className="regions" onSubmit={follow}>
        <label>
          Addresses of evaluators, one a line
          <Input.TextArea
            rows={3}
            placeholder="https://eu.rules.example.com"
            value={typed ?? kept}
            onChange={(event) => setTyped(event.target.value)}
          />
        </label>
        <label>
          Operators' token, if they want one; it goes to all of them and is not stored
          <Input.Password autoComplete="off" value={secret} onChange={(event) => setSecret(event.target.value)} />
        </label>
        <Button type="primary" htmlType="submit">
          Follow
        </Button>
      </form>
      {addresses.length === 0 ? (
        <Empty description="Give the address of an evaluator that allows this page (CORS)" />
      ) : (
        <>
          <Verdict addresses={addresses} regions={regions} />
          {addresses.map((address) => (
            <RegionSection key={address} address={address} region={regions.get(address)} opener={opener} />
          ))}
        </>
      )}
    </section>
  );
}

interface VerdictProperties {
  addresses: readonly string[];
  regions: ReadonlyMap<string, Region>;
}

/** Tells why nothing was opened, above the view. */
const tell = (problem: string | undefined): void =>
  useStore.getState().fail(problem === undefined ? undefined : `Nothing was opened: ${problem}`);

/** Whether all are at the same releases, once all have been asked. */
function Verdict({ addresses, regions }: VerdictProperties) {
  const known = addresses.map((address) => regions.get(address)).filter((region) => region !== undefined);
  const one = converged(known);
  return (
    <div aria-live="polite">
      {known.length < addresses.length ? (
        <Waiting what="The regions are being asked" />
      ) : one === undefined ? (
        <Alert type="error" showIcon message="Not all regions answer" />
      ) : one ? (
        <Alert type="success" showIcon message="All regions serve the same releases" />
      ) : (
        <Alert type="warning" showIcon message="Regions serve different releases" />
      )}
    </div>
  );
}

interface SectionProperties {
  address: string;
  region: Region | undefined;
  opener: OpenServed;
}

function RegionSection({ address, region, opener }: SectionProperties) {
  const name = region?.name ?? address;
  return (
    <section aria-label={`Region ${name}`}>
      <Typography.Title level={4}>
        {name}{' '}
        {region && !region.problem && <Tag color={region.ready ? 'green' : 'red'}>{region.ready ? 'ready' : 'not ready'}</Tag>}
        {region?.problem && <Tag color="red">no status</Tag>}
        {name !== address && <Typography.Text type="secondary">{address}</Typography.Text>}
      </Typography.Title>
      {region?.problem && <Alert type="error" showIcon message={region.problem} />}
      {region && !region.problem && <ServedTable region={region} opener={opener} />}
    </section>
  );
}
