/** Runs test cases, one after the other, and keeps what came of them. */

import { create } from 'zustand';
import type { Outcome } from '../engine/protocol';
import { casesByDecision, type Case } from '../model/cases';
import type { Document } from '../model/document';
import { engine, useStore } from '../state/store';
import { nothing, reachedBy, type Reached } from './coverage';
import { judge, type Fault } from './judge';

/** What came of a case. */
export interface CaseResult {
  case: Case;
  outcome: Outcome;
  fault?: Fault;
}

interface Tests {
  /** How many cases are to be run, and how many were. */
  total: number;
  results: readonly CaseResult[];
  running: boolean;
  /** What the cases reached, by document. */
  reached: ReadonlyMap<string, Reached>;
  /** The documents as they were when the cases were run. */
  tested: ReadonlyMap<string, Document>;
  /** Runs the cases of one document, or all. */
  run(key?: string): Promise<void>;
  stop(): void;
}

/** Results between two updates of the page: a thousand cases must not draw it a thousand times. */
const BATCH = 25;

let latest = 0;

export const useTests = create<Tests>((set) => ({
  total: 0,
  results: [],
  running: false,
  reached: new Map(),
  tested: new Map(),
  run: async (key) => {
    const mine = ++latest;
    const { documents, texts } = useStore.getState();
    const all = casesByDecision(documents);
    const cases = (key === undefined ? [...all.values()].flat() : (all.get(key) ?? [])).filter(({ disabled }) => !disabled);
    const results: CaseResult[] = [];
    const reached = new Map<string, Reached>();
    const show = (running: boolean) => set({ results: [...results], reached: new Map(reached), running });
    set({ total: cases.length, tested: documents });
    show(true);
    for (const one of cases) {
      const { target, input, expected, now } = one;
      const question = { key: target, input, ...(expected && { expected }), ...(now !== undefined && { now }) };
      const answer = await engine.runCase(texts, question);
      if (mine !== latest) return;
      const { outcome } = answer;
      const fault = judge(expected, answer);
      results.push({ case: one, outcome: { ...outcome, trace: undefined }, ...(fault && { fault }) });
      const counts = reached.get(one.target) ?? nothing();
      reachedBy(outcome.trace, counts);
      reached.set(one.target, counts);
      if (results.length % BATCH === 0) show(true);
    }
    show(false);
  },
  stop: () => {
    latest += 1;
    set({ running: false });
  },
}));

// Results of a project that is not open any more are nobody's.
useStore.subscribe((state, before) => {
  if (state.name === before.name && state.release === before.release) return;
  latest += 1;
  useTests.setState({ total: 0, results: [], running: false, reached: new Map(), tested: new Map() });
});
