/** What a workspace is asked and what it answers, in the shapes of `@gorules/zen-engine` 2.x. */

/** `[start, end)` in a text, in UTF-16 code units. */
export type PolicySpan = [number, number];

/** How grave a finding is. */
export type PolicySeverity = 'error' | 'warning' | 'hint';

/** What is known of a value. */
export type PolicyVariableType =
  | { type: 'any' | 'null' | 'bool' | 'string' | 'number' | 'date' | 'interval' }
  | { type: 'const'; value: string }
  | { type: 'enum'; name: string | null; values: string[] }
  | { type: 'array'; items: PolicyVariableType }
  | { type: 'object'; fields: Record<string, PolicyVariableType> }
  | { type: 'nullable'; inner: PolicyVariableType };

/** Which text of a block or node is meant. */
export type PolicyCursorTarget =
  | { kind: 'expression'; id: string }
  | { kind: 'assertionOutput' }
  | { kind: 'expressionKey'; id?: string }
  | { kind: 'matchTarget' }
  | { kind: 'matchValue'; id: string }
  | { kind: 'decisionTableHead'; col: string }
  | { kind: 'decisionTableCell'; row: string; col: string }
  | { kind: 'decisionTableRow'; row: string }
  | { kind: 'dataModelName' }
  | { kind: 'dataModelProperty'; id: string }
  | { kind: 'transformInput' };

/** A place in the text of a block or node. */
export interface PolicyExpressionCursor {
  /** The path of the policy or graph. */
  policyPath: string;
  /** The id of the block or node. */
  blockId: string;
  /** The place in the text, in UTF-16 code units. */
  pos: number;
  target: PolicyCursorTarget;
}

/** What can be renamed. */
export type PolicyRenameTarget =
  | { kind: 'entity'; name: string }
  | { kind: 'field'; entity: string; field: string }
  | { kind: 'global'; name: string }
  | { kind: 'graphProperty'; document: string; path: string }
  | { kind: 'graphNode'; document: string; nodeId: string };

/** A finding in a document. */
export interface PolicyDiagnostic {
  /** What is wrong, such as `TYPE_MISMATCH`. */
  code: string;
  message: string;
  severity: PolicySeverity;
  policyPath: string;
  blockId?: string;
  expressionId?: string;
  span?: PolicySpan;
  target?: PolicyCursorTarget;
  /** The finding inside the expression, more finely. */
  exprCode?: string;
  /** What the message is made of. */
  args?: Record<string, string>;
}

/** A part of a document: the whole of it, or what some goals need. */
export interface PolicyScopeRequest {
  policyPath: string;
  goals?: string[];
}

/** The block that writes a property. */
export interface PolicyPropertyWriter {
  policyPath: string;
  blockId: string;
}

/** The entity whose instances a property holds. */
export interface PolicyInstanceOf {
  target: string;
  array: boolean;
}

/** Where a field comes from: a data model, or a block that computes it. */
export type PolicyFieldOrigin =
  | {
      origin: 'schema';
      source: string;
      fieldKind:
        | { kind: 'scalar' }
        | { kind: 'enum'; values: string[]; array: boolean }
        | { kind: 'relationship' | 'reference'; target: string; array: boolean };
    }
  | { origin: 'computed'; writtenBy: PolicyPropertyWriter; instanceOf?: PolicyInstanceOf };

/** A property outside of every entity, or a field of one. */
export interface PolicyGlobalInfo {
  name: string;
  resolvedType: PolicyVariableType;
  origin: PolicyFieldOrigin;
}

/** An entity with its fields. */
export interface PolicyEntityInfo {
  name: string;
  fields: PolicyGlobalInfo[];
}

/** A named list of values. */
export interface PolicyDictionaryInfo {
  name: string;
  /** The path of the policy that defines it. */
  source: string;
  entries: { value: string; label: string }[];
}

/** Something that a document takes. */
export interface PolicyInputProperty {
  path: string;
  resolvedType: PolicyVariableType;
}

/** Something that a document answers. */
export interface PolicyOutputProperty extends PolicyInputProperty {
  kind: 'input' | 'computed';
  writtenBy?: PolicyPropertyWriter;
  instanceOf?: PolicyInstanceOf;
}

/** A property that may be needed only under a condition. */
export interface PolicyGuardedProperty extends PolicyInputProperty {
  requiredWhen?: string;
}

/** What goes in and comes out together. */
export interface PolicySchemaGroup {
  inputs: PolicyGuardedProperty[];
  outputs: PolicyGuardedProperty[];
}

/** What a policy takes and answers, depending on one property, or flat. */
export type PolicyConditionalSchema =
  | {
      kind: 'union';
      common: PolicySchemaGroup;
      union: {
        property: string;
        resolvedType: PolicyVariableType;
        variants: { value?: string; arm: string; group: PolicySchemaGroup }[];
      };
    }
  | { kind: 'flat'; common: PolicySchemaGroup; conditional: PolicySchemaGroup };

/** What is known at a place in a text. */
export interface PolicyInspectResult {
  span: PolicySpan;
  kind: PolicyVariableType;
  label: string;
  detail?: string;
  info?: string;
}

/** Something that may be written at a place in a text. */
export interface PolicyCompletion {
  label: string;
  kind: string;
  detail: string;
  info: string;
  follow?: string;
}

/** What would be renamed at a place in a text. */
export interface PolicyPrepareRenameResult {
  target: PolicyRenameTarget;
  span: PolicySpan;
}

/** A change of a document, to be made by the host. */
export type PolicyEngineEdit =
  | { kind: 'replaceBlock'; policyPath: string; blockId: string; newBlock: unknown }
  | { kind: 'deleteBlock'; policyPath: string; blockId: string }
  | { kind: 'insertBlock'; policyPath: string; afterBlockId?: string; newBlock: unknown }
  | { kind: 'replaceNode'; document: string; nodeId: string; newNode: unknown };

/** A place that refers to something. */
export interface PolicyReferenceSite {
  policyPath: string;
  blockId: string;
  expressionId?: string;
  /** The whole text that refers to it. */
  source: string;
  span: PolicySpan;
  kind: 'expressionRead' | 'writeKey' | 'dataModel';
}

/** Something that a search has found. */
export interface PolicySearchHit {
  path: string;
  blockId?: string;
  nodeId?: string;
  expressionId?: string;
  row?: number;
  column?: string;
  kind: string;
  text: string;
  context?: string;
  span: PolicySpan;
  score: number;
}

/** What a property depends on, and what that depends on. */
export interface PolicyDependencyNode {
  property: string;
  writtenBy?: PolicyPropertyWriter;
  unresolved?: boolean;
  resolvedType: PolicyVariableType;
  deps: PolicyDependencyNode[];
}

/** A policy to evaluate, for all it answers or for some goals. */
export interface PolicyEvaluateRequest extends PolicyScopeRequest {
  input: unknown;
  trace?: boolean;
}

/** How a policy came to its answer. */
export interface PolicyTrace {
  engineVersion: string;
  properties: Record<string, unknown>;
  executions: {
    blockId: string;
    policyPath?: string;
    instancePath?: string;
    trace: { kind: 'assertion' | 'decisionTable' | 'expression' | 'match'; [detail: string]: unknown };
    operandValues?: Record<string, unknown>;
    writes?: { path: string; value: unknown }[];
    reads?: string[];
  }[];
}

/** The answer of a policy; `error` and what it got to if a block failed half-way. */
export interface PolicyEvaluationResult {
  output?: unknown;
  /** Microseconds by the host's clock. */
  duration?: number;
  trace?: PolicyTrace;
  error?: { policyPath: string; blockId: string; expression: string; message: string };
}

/** A function whose answer's type nobody has said yet. */
export interface PolicyFunctionResolutionRequest {
  source: string;
  inputType: PolicyVariableType;
}

/** A property that policies of different components write. */
export interface PolicyWriteConflict {
  path: string;
  policies: string[];
}

/** What may be written at a place in a text, for editors that show choices. */
export interface PolicySlotResponse {
  kind: 'standard' | 'unary';
  role: string;
  subjectType: PolicyVariableType | null;
  expectedType: PolicyVariableType | null;
  slot: { state: string; replaceSpan: PolicySpan; [detail: string]: unknown };
  literals: unknown[];
  enums: unknown[];
}

/** An expression of a document with what is known of it. */
export interface PolicyExpressionFacts {
  blockId: string;
  target: PolicyCursorTarget;
  source: string;
  kind: 'standard' | 'unary';
  role: string;
  subjectType: PolicyVariableType | null;
  expectedType: PolicyVariableType | null;
  literals: unknown[];
  enums: unknown[];
  subjectOptions: { value: string; label: string; source: string | null }[];
}
