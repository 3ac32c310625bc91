/** Regions, followed: each of them is asked again and again, whatever the others do. */

import { useEffect, useState } from 'react';
import { ask, type Region } from './status';

/** Milliseconds between an answer and the next question. */
const INTERVAL = 2_000;

/** What is known, and of whom. */
interface Known {
  question: string;
  regions: ReadonlyMap<string, Region>;
}

const NONE: ReadonlyMap<string, Region> = new Map();

/** What the regions say, by address, while the caller is shown; an address is missing until its region is known. */
export function useRegions(addresses: readonly string[], token: string): ReadonlyMap<string, Region> {
  const list = addresses.join('\n');
  const question = `${token}\n${list}`;
  const [known, setKnown] = useState<Known>({ question, regions: NONE });
  useEffect(() => {
    const tell = (address: string, region: Region) =>
      setKnown((before) => {
        const regions = before.question === question ? before.regions : NONE;
        return { question, regions: new Map(regions).set(address, region) };
      });
    const ends = list.split('\n').filter(Boolean).map((address) => follow(address, token, (region) => tell(address, region)));
    return () => ends.forEach((end) => end());
  }, [question, list, token]);
  // What was answered to another question says nothing of this one.
  return known.question === question ? known.regions : NONE;
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
