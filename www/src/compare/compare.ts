/** Two releases side by side: which documents changed, and which decisions answer differently. */

import { create } from 'zustand';
import { EngineClient } from '../engine/client';
import type { Outcome } from '../engine/protocol';
import { casesByDecision, type Case } from '../model/cases';
import { parsed, type Document } from '../model/document';
import type { Opened } from '../open/files';
import { decisions, engine, useStore } from '../state/store';
import { differ, type Difference } from '../testing/judge';

/** The worker for the other release, so that neither is compiled again at every question. */
const otherEngine = new EngineClient();

/** How a document differs in the other release. */
export type Change = 'added' | 'removed' | 'changed';

/** An input that both releases answered. */
export interface Answered {
  case: Case;
  /** What is open, and what it is compared with. */
  here: Outcome;
  there: Outcome;
  differences: Difference[];
}

interface Compare {
  other: Opened | undefined;
  changes: readonly { key: string; change: Change }[];
  total: number;
  answers: readonly Answered[];
  running: boolean;
  with(other: Opened): void;
  run(): Promise<void>;
}

const BATCH = 25;
let latest = 0;

export const useCompare = create<Compare>((set, get) => ({
  other: undefined,
  changes: [],
  total: 0,
  answers: [],
  running: false,
  with: (other) => {
    latest += 1;
    set({ other, changes: changes(other.documents), total: 0, answers: [], running: false });
  },
  run: async () => {
    const { other } = get();
    if (!other) return;
    const mine = ++latest;
    const { documents, texts } = useStore.getState();
    const there = new Map(other.documents.map((document) => [document.key, document]));
    const cases = inputs(documents, there);
    const otherTexts = decisions(there);
    const answers: Answered[] = [];
    otherEngine.stubs = engine.stubs;
    set({ total: cases.length, answers: [], running: true });
    for (const one of cases) {
      const question = { key: one.target, context: one.input, ...clock(one) };
      const both = await Promise.all([engine.evaluate(texts, question), otherEngine.evaluate(otherTexts, question)]);
      if (mine !== latest) return;
      const [mineSays, otherSays] = both.map((outcome): Outcome => ({ ...outcome, trace: undefined })) as [Outcome, Outcome];
      const differences = differ(said(otherSays), said(mineSays));
      answers.push({ case: one, here: mineSays, there: otherSays, differences });
      if (answers.length % BATCH === 0) set({ answers: [...answers] });
    }
    set({ answers, running: false });
  },
}));

/** Whatever was answered: a result, or the failure without what changes from run to run. */
const said = ({ failure, result }: Outcome): unknown =>
  failure ? { failed: { code: failure.code, message: failure.message } } : (result ?? null);

/** The clock of a case; one that is no time is the same as none, for both. */
function clock({ now }: Case) {
  const millis = now === undefined ? Number.NaN : Date.parse(now);
  return Number.isNaN(millis) ? {} : { now: millis };
}

/** The cases of both, each input of a decision once. */
function inputs(here: ReadonlyMap<string, Document>, there: ReadonlyMap<string, Document>): Case[] {
  const seen = new Map<string, Case>();
  for (const one of [...casesByDecision(here).values(), ...casesByDecision(there).values()].flat()) {
    const id = JSON.stringify([one.target.toLowerCase(), one.input, one.now]);
    if (!one.disabled && !seen.has(id)) seen.set(id, one);
  }
  return [...seen.values()];
}

function changes(other: readonly Document[]): { key: string; change: Change }[] {
  const here = new Map(Array.from(useStore.getState().documents.values(), (found) => [found.key.toLowerCase(), found]));
  const there = new Map(other.map((found) => [found.key.toLowerCase(), found]));
  const found: { key: string; change: Change }[] = [];
  for (const [folded, { key, text }] of here) {
    const before = there.get(folded);
    if (!before) found.push({ key, change: 'added' });
    else if (!same(before.text, text)) found.push({ key, change: 'changed' });
  }
  for (const [folded, { key }] of there) if (!here.has(folded)) found.push({ key, change: 'removed' });
  return found.sort((a, b) => a.key.localeCompare(b.key));
}

/** Whether two texts are the same JSON, however it is laid out. */
function same(one: string, other: string): boolean {
  if (one === other) return true;
  const [a, b] = [parsed(one), parsed(other)];
  return !(a instanceof Error) && !(b instanceof Error) && differ(a, b).length === 0;
}
