/** The schema of the input of a decision: what its author declared, else what the engine derives. */

import { useEffect, useMemo, useState } from 'react';
import type { Document } from '../model/document';
import { declaredSchema, derivedSchema, DICTIONARY, withDictionaries, type Derived, type Schema } from '../model/schema';
import { analyst, useStore } from '../state/store';

/** Milliseconds without a change before the decision is analysed again. */
const QUIET = 600;

/** The schema, as soon as it is known. One of an earlier text stays until the next is there. */
export function useInputSchema({ key, text }: Document): Schema | undefined {
  const declared = useMemo(() => declaredSchema(text), [text]);
  const suffices = declared !== undefined && !text.includes(DICTIONARY);
  const texts = useStore((state) => state.texts);
  const [derived, setDerived] = useState<Derived>();
  useEffect(() => {
    if (suffices) return;
    let wanted = true;
    const timer = setTimeout(async () => {
      const found = await analyst.inputs(texts, key);
      // The same must stay the same object: Monaco checks everything again for another schema.
      if (wanted) setDerived((before) => (JSON.stringify(before) === JSON.stringify(found) ? before : found));
    }, QUIET);
    return () => {
      wanted = false;
      clearTimeout(timer);
    };
  }, [key, texts, suffices]);
  return useMemo(() => {
    if (!declared) return derived && derivedSchema(derived);
    return suffices || !derived ? declared : withDictionaries(declared, derived.dictionaries);
  }, [declared, derived, suffices]);
}
