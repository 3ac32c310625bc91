/** Whether the page opens without a network, and whether a newer version of it is there. */

import { Alert, Button } from 'antd';
import { takeNewer, useOffline } from '../offline/offline';
import { useStore } from '../state/store';

const TEXTS = {
  saving: { short: 'Saving for offline use…', long: 'The page is being saved in this browser, to open without a network' },
  ready: { short: 'Ready offline', long: 'The page is saved in this browser, and opens without a network' },
  unavailable: {
    short: 'Online only',
    long: 'This browser does not save the page: that takes https or localhost, room on the disk, and no private window',
  },
};

/** Says whether the page opens without a network. */
export function Kept() {
  const { short, long } = TEXTS[useOffline((state) => state.kept)];
  return (
    <span className="kept" role="status" title={long}>
      {short}
    </span>
  );
}

/** Offers the newer version of the page, if there is one. */
export function NewerVersion() {
  const newer = useOffline((state) => state.newer);
  if (!newer) return null;
  const take = () =>
    takeNewer().catch((error: Error) =>
      useStore.getState().fail(`The page was not reloaded, for what is open cannot be kept: ${error.message}`),
    );
  return (
    <Alert
      type="info"
      banner
      closable
      message="A newer version of the simulator is there. What is open stays open."
      action={
        <Button size="small" type="primary" onClick={() => void take()}>
          Reload
        </Button>
      }
    />
  );
}
