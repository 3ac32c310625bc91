/** Documents as their authors work on them: what editors ask. */

import { Documents } from './wasm/zen_edge_workspace.js';
import { guarded } from './errors.js';
import { toText } from './json.js';
import { WasmObject } from './wasm-object.js';
import { requireWorkspace } from './workspace/module.js';
import type { Json } from './types.js';
import type * as Shape from './workspace/types.js';

/** How often functions are asked for their types until no new ones turn up. */
const ROUNDS = 32;

/**
 * Graphs and policies by path, and what can be said of them: findings, completions, references,
 * renames, types, traces. Names, arguments and answers are those of `@gorules/zen-engine` 2.x.
 *
 * ```js
 * const workspace = new Workspace();
 * workspace.setDocument('discount.json', document);
 * workspace.diagnostics('discount.json');
 * ```
 *
 * It is in a wasm module of its own, which Node loads by itself; elsewhere await
 * `initializeWorkspace()` first. A document whose types might grow without end, or that calls others in
 * a circle or too deeply, is not analysed: it has one diagnostic, `MAX_DEPTH_EXCEEDED`.
 *
 * It holds memory outside JavaScript's heap: call `dispose()` (or declare it with `using`) when it
 * is no longer needed; a finalizer does so late.
 *
 * Methods throw `ZenError`: `invalid` for arguments that are not what they must be, `limitExceeded`
 * for work without end, `policyFailed` for a policy that cannot be evaluated.
 */
export class Workspace {
  readonly #documents: WasmObject<Documents>;
  readonly #resolve: ResolveFunctionType | undefined;

  /** @param resolveFunctionType says which TypeScript type a function node answers, if it is known */
  constructor(resolveFunctionType?: ResolveFunctionType) {
    requireWorkspace();
    this.#documents = new WasmObject(new Documents(), 'the workspace');
    this.#resolve = resolveFunctionType;
  }

  /** Adds or replaces a graph or policy. */
  setDocument(path: string, document: Json): void {
    const text = toText(document);
    guarded(() => this.#documents.inner.setDocument(path, text));
  }

  /** Adds or replaces a policy. */
  setPolicy(path: string, document: Json): void {
    const text = toText(document);
    guarded(() => this.#documents.inner.setPolicy(path, text));
  }

  /** Removes a document; whether there was one. */
  removePath(path: string): boolean {
    return guarded(() => this.#documents.inner.removePath(path));
  }

  /** Whether there is a graph with this path. */
  isGraph(path: string): boolean {
    return this.#call('isGraph', path);
  }

  /** The paths of all documents, sorted without regard to case. */
  paths(): string[] {
    return this.#call('paths');
  }

  /** Ids of nodes of which too little is known to check them. */
  uncheckedNodes(path: string): string[] {
    return this.#analyse('uncheckedNodes', path);
  }

  /** Adds a block to a policy, or replaces the one with its id. */
  updateBlock(request: { policyPath: string; block: unknown }): void {
    this.#call('updateBlock', request);
  }

  /** Removes a block from a policy; whether there was one. */
  removeBlock(request: { policyPath: string; blockId: string }): boolean {
    return this.#call('removeBlock', request);
  }

  /** Findings in a document: at most 100, or as many as asked for; 0 is all. */
  diagnostics(policyPath: string, maxDiagnostics?: number | null): Shape.PolicyDiagnostic[] {
    return this.#analyse('diagnostics', policyPath, maxDiagnostics);
  }

  /** Findings in all documents, as many as `diagnostics` gives of one. */
  allDiagnostics(maxDiagnostics?: number | null): Shape.PolicyDiagnostic[] {
    return this.#analyse('allDiagnostics', maxDiagnostics);
  }

  /** The entities that a policy sees. */
  entities(request: Shape.PolicyScopeRequest): Shape.PolicyEntityInfo[] {
    return this.#call('entities', request);
  }

  /** The properties outside of entities that a policy sees. */
  globals(request: Shape.PolicyScopeRequest): Shape.PolicyGlobalInfo[] {
    return this.#call('globals', request);
  }

  /** The dictionaries that a document sees. */
  dictionaries(request: Shape.PolicyScopeRequest): Shape.PolicyDictionaryInfo[] {
    return this.#call('dictionaries', request);
  }

  /** What a document takes. */
  inputs(request: Shape.PolicyScopeRequest): Shape.PolicyInputProperty[] {
    return this.#analyse('inputs', request);
  }

  /** What a document answers. */
  outputs(request: Shape.PolicyScopeRequest): Shape.PolicyOutputProperty[] {
    return this.#analyse('outputs', request);
  }

  /** What a policy takes and answers, and when it needs what. */
  conditionalSchema(request: Shape.PolicyScopeRequest): Shape.PolicyConditionalSchema {
    return this.#call('conditionalSchema', request);
  }

  /** An input with everything that a document takes, filled with nothing. */
  inputSkeleton(request: Shape.PolicyScopeRequest): unknown {
    return this.#analyse('inputSkeleton', request);
  }

  /** What is known at a place in a text. */
  inspect(cursor: Shape.PolicyExpressionCursor): Shape.PolicyInspectResult | null {
    return this.#analyse('inspect', cursor);
  }

  /** What may be written at a place in a text. */
  completions(cursor: Shape.PolicyExpressionCursor): Shape.PolicyCompletion[] {
    return this.#analyse('completions', cursor);
  }

  /** What may be written at a place in a text that is not yet stored, for editors that show choices. */
  slot(cursor: Shape.PolicyExpressionCursor, text: string): Shape.PolicySlotResponse | null {
    return this.#analyse('slot', cursor, text);
  }

  /** All expressions of a document with what is known of them. */
  facts(policyPath: string): Shape.PolicyExpressionFacts[] {
    return this.#analyse('facts', policyPath);
  }

  /** What would be renamed at a place in a text. */
  prepareRename(cursor: Shape.PolicyExpressionCursor): Shape.PolicyPrepareRenameResult | null {
    return this.#analyse('prepareRename', cursor);
  }

  /** The changes that rename something everywhere; nothing is changed by that. */
  rename(request: { target: Shape.PolicyRenameTarget; newName: string }): Shape.PolicyEngineEdit[] {
    return this.#analyse('rename', request);
  }

  /** Every place that refers to something. */
  references(target: Shape.PolicyRenameTarget): Shape.PolicyReferenceSite[] {
    return this.#analyse('references', target);
  }

  /** Texts of all documents that are like a query, best first. */
  search(query: string, limit?: number | null): Shape.PolicySearchHit[] {
    return this.#call('search', query, limit);
  }

  /** What a property depends on. */
  dependencies(target: string, document?: string | null): Shape.PolicyDependencyNode {
    return this.#analyse('dependencies', target, document);
  }

  /** Evaluates a policy of the workspace. */
  evaluate(request: Shape.PolicyEvaluateRequest): Shape.PolicyEvaluationResult {
    return this.#call('evaluate', request);
  }

  /** Evaluates a policy with all that an editor shows of its trace. */
  enhanceTrace(request: Shape.PolicyEvaluateRequest): Shape.PolicyEvaluationResult {
    return this.#call('enhanceTrace', request);
  }

  /** The trace of a graph's evaluation (by node), with all that an editor shows of it. */
  enhanceGraphTrace(path: string, trace: object): Shape.PolicyTrace {
    return this.#call('enhanceGraphTrace', path, trace);
  }

  /** The paths of all policies that import each other with this one. */
  componentMembers(policy: string): string[] {
    return this.#call('componentMembers', policy);
  }

  /** Properties that policies which do not know of each other write. */
  crossComponentWriteConflicts(): Shape.PolicyWriteConflict[] {
    return this.#call('crossComponentWriteConflicts');
  }

  /** Functions whose types have been asked for and not been said. */
  functionResolutionRequests(): Shape.PolicyFunctionResolutionRequest[] {
    return this.#call('functionResolutionRequests');
  }

  /** Says which TypeScript type a function answers to such an input; nothing if that is not known. */
  setFunctionType(source: string, inputType: Shape.PolicyVariableType, tsType?: string | null): void {
    this.#call('setFunctionType', source, inputType, tsType);
  }

  /** Gives the memory back. The workspace cannot be used afterwards. */
  dispose(): void {
    this.#documents.dispose();
  }

  /** As `dispose()`, for `using`. */
  [Symbol.dispose](): void {
    this.dispose();
  }

  #call<T>(method: string, ...args: unknown[]): T {
    // An argument that is left out is null in JSON.
    const text = JSON.stringify(args);
    return guarded(() => JSON.parse(this.#documents.inner.call(method, text)));
  }

  /** Calls a method to which the types of functions matter. */
  #analyse<T>(method: string, ...args: unknown[]): T {
    const resolve = this.#resolve;
    for (let round = 0; resolve && round < ROUNDS; round++) {
      const requests = this.functionResolutionRequests();
      if (requests.length === 0) break;
      for (const { source, inputType } of requests) {
        this.setFunctionType(source, inputType, resolve(source, inputType));
      }
    }
    return this.#call(method, ...args);
  }
}

/** Says which TypeScript type a function answers to an input of this type, if that is known. */
export type ResolveFunctionType = (
  source: string,
  inputType: Shape.PolicyVariableType,
) => string | null | undefined;
