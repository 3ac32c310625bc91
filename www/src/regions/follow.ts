/** Regions, followed: each of them is asked again and again, whatever the others do. */

import { useEffect, useState } from 'react';
import { ask, type Region } from './status';

/** Milliseconds between an answer and the next question. */
const INTERVAL = 2_000;

/** What the regions say, by address, while the caller is shown; an address is missing until its region is known. */
export function useRegions(addresses: readonly string[], token: string): ReadonlyMap<string, Region> {
  const [regions, setRegions] = useState<ReadonlyMap<string, Region>>(new Map());
  const list = addresses.join('\n');
  useEffect(() => {
    setRegions(new Map());
    const ends = list.split('\n').filter(Boolean).map((address) =>
      follow(address, token, (region) => setRegions((before) => new Map(before).set(address, region))),
    );
    return () => ends.forEach((end) => end());
  }, [list, token]);
  return regions;
}

/** Asks a region until the answer is called. */
function follow(address: string, token: string, tell: (region: Region) => void): () => void {
  let ended = false;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const round = async () => {
    const region = await ask(address, token);
    if (ended) return;
    tell(region);
    timer = setTimeout(() => void round(), INTERVAL);
  };
  void round();
  return () => {
    ended = true;
    clearTimeout(timer);
  };
}
