/** The page's state: the project that is open, and what its user did to it. */

import { create } from 'zustand';
import { EngineClient } from '../engine/client';
import type { Outcome } from '../engine/protocol';
import { document, type Document } from '../model/document';
import type { Opened } from '../open/files';
import type { ReleaseInfo } from '../release/open';
import type { Settings } from '../settings/settings';
import { readStubs } from '../stubs/stubs';

/** The worker that evaluates for the page. */
export const engine = new EngineClient();
/** The worker that analyses for it. Nobody waits for that, so it may take its time, also to load its module. */
export const analyst = new EngineClient(60_000);

/** What an evaluation said, and about which document. */
export interface Run {
  /** The document as it was evaluated. */
  document: Document;
  input: string;
  outcome: Outcome;
}

/** What the page shows beside the documents. */
export type View = 'simulate' | 'test' | 'compare' | 'whatif' | 'stubs' | 'regions';

/** What survives a reload. */
export interface Saved {
  name: string;
  release: ReleaseInfo | undefined;
  /** Key and text of each document. */
  documents: [key: string, text: string][];
  /** Text of documents before they were edited, by key. */
  originals: Record<string, string>;
  selected: string | undefined;
  /** Inputs by document, as their user typed them. */
  inputs: Record<string, string>;
  /** What custom nodes and HTTP requests answer, as their user typed it. */
  stubs: string;
  /** Addresses of regions, as their user typed them; those of the settings until then. */
  regions: string | undefined;
  runOnChange: boolean;
  dark: boolean | undefined;
}

interface State extends Omit<Saved, 'documents'> {
  documents: ReadonlyMap<string, Document>;
  /** The same as texts, for the engine. */
  texts: ReadonlyMap<string, string>;
  runs: Record<string, Run>;
  running: boolean;
  view: View;
  /** The node or block that the user wants to see; a new object for each wish. */
  revealed: { key: string; nodeId: string } | undefined;
  /** What could not be done, for the user. */
  problem: string | undefined;
  /** What the page begins with by the settings of its host. */
  settings: Settings;
  /** What is being opened because the settings say so. */
  opening: string | undefined;
}

interface Actions {
  open(opened: Opened): void;
  restore(saved: Saved): void;
  select(key: string | undefined): void;
  /** Shows a node or block of a document. */
  reveal(key: string, nodeId: string): void;
  edit(key: string, text: string): void;
  setInput(key: string, text: string): void;
  setStubs(text: string): void;
  configure(settings: Settings): void;
  setRegions(addresses: string): void;
  setRunOnChange(on: boolean): void;
  setDark(dark: boolean): void;
  setView(view: View): void;
  fail(problem: string | undefined): void;
  run(key: string): Promise<void>;
}

const empty = { runs: {}, running: false, problem: undefined, revealed: undefined, view: 'simulate' as View };

function project(documents: readonly Document[]): Pick<State, 'documents' | 'texts'> {
  const map = new Map(documents.map((found) => [found.key, found]));
  return { documents: map, texts: decisions(map) };
}

/** What the engine is given: a file that is no JSON would only be a failure of its own. */
export function decisions(documents: ReadonlyMap<string, Document>): Map<string, string> {
  const readable = [...documents.values()].filter(({ kind }) => kind === 'graph' || kind === 'policy');
  return new Map(readable.map(({ key, text }) => [key, text]));
}

/** Tells one run from a later one: an answer that comes late must not replace a newer one. */
let latest = 0;

export const useStore = create<State & Actions>((set, get) => ({
  ...empty,
  name: '',
  release: undefined,
  ...project([]),
  originals: {},
  selected: undefined,
  inputs: {},
  stubs: '{}',
  regions: undefined,
  settings: { regions: [] },
  opening: undefined,
  runOnChange: true,
  dark: undefined,
  open: ({ name, documents, release }) =>
    set({
      ...empty,
      name,
      release,
      ...project(documents),
      originals: {},
      inputs: {},
      selected: firstDecision(documents),
    }),
  restore: ({ name, release, documents, originals, selected, inputs, stubs, regions, runOnChange, dark }) => {
    const opened = project(documents.map(([key, text]) => document(key, text)));
    get().setStubs(stubs);
    set({ ...empty, ...opened, name, release, originals, selected, inputs, regions: regions || undefined, runOnChange, dark });
  },
  select: (selected) => set({ selected }),
  reveal: (key, nodeId) => set({ selected: key, revealed: { key, nodeId }, view: 'simulate' }),
  edit: (key, text) =>
    set((state) => {
      const before = state.documents.get(key);
      if (before?.text === text) return state;
      const documents = new Map(state.documents).set(key, document(key, text));
      const originals = { [key]: before?.text ?? '', ...state.originals };
      if (originals[key] === text) delete originals[key];
      return { documents, texts: decisions(documents), originals };
    }),
  setInput: (key, text) => set((state) => ({ inputs: { ...state.inputs, [key]: text } })),
  setStubs: (text) => {
    const read = readStubs(text);
    if (typeof read !== 'string') engine.stubs = read;
    set({ stubs: text });
  },
  configure: (settings) => set({ settings }),
  setRegions: (regions) => set({ regions }),
  setRunOnChange: (runOnChange) => set({ runOnChange }),
  setDark: (dark) => set({ dark }),
  setView: (view) => set({ view }),
  fail: (problem) => set({ problem }),
  run: async (key) => {
    const found = get().documents.get(key);
    if (!found) return;
    const mine = ++latest;
    set({ running: true });
    const input = get().inputs[key] ?? '{}';
    const outcome = await engine.evaluate(get().texts, { key, context: input });
    if (mine !== latest) return;
    set((state) => ({ running: false, runs: { ...state.runs, [key]: { document: found, input, outcome } } }));
  },
}));

function firstDecision(documents: readonly Document[]): string | undefined {
  const decision = documents.find(({ kind }) => kind === 'graph' || kind === 'policy');
  return (decision ?? documents[0])?.key;
}
