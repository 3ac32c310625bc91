/** Opening what a region serves, from any view that lists it. */

import { useEffect, useRef, useState } from 'react';
import type { Region, Served } from '../regions/status';
import { openServed } from '../release/open';
import { useStore } from '../state/store';

/** Opens releases, one at a time. */
export interface OpenServed {
  /** What is being opened. */
  busy: { region: string; served: string } | undefined;
  open(region: Region, served: Served): void;
}

/** A project of an environment, among those of a region. */
export const servedKey = ({ environment, project }: Served): string => `${environment}/${project}`;

/** Opens releases until its view goes away, which ends a download. `failed` is told why none was opened. */
export function useOpenServed(token: string, failed: (problem: string | undefined) => void, done?: () => void): OpenServed {
  const [busy, setBusy] = useState<OpenServed['busy']>();
  const leaving = useRef<AbortController>();
  useEffect(() => () => leaving.current?.abort(), []);
  const open = async (region: Region, served: Served) => {
    const { signal } = (leaving.current = new AbortController());
    setBusy({ region: region.address, served: servedKey(served) });
    failed(undefined);
    try {
      const opened = await openServed(region, served, token, signal);
      if (signal.aborted) return;
      setBusy(undefined);
      useStore.getState().open(opened);
      done?.();
    } catch (error) {
      if (signal.aborted) return;
      setBusy(undefined);
      failed(error instanceof Error ? error.message : String(error));
    }
  };
  return { busy, open: (region, served) => void open(region, served) };
}
