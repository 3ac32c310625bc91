// Every export, as strict TypeScript sees it.

import {
  CompiledBundle,
  ZenError,
  engineVersion,
  evaluateExpression,
  evaluateExpressionSync,
  evaluateUnaryExpression,
  evaluateUnaryExpressionSync,
  initialize,
  initializeSync,
  renderTemplate,
  renderTemplateSync,
  version,
  type Bytes,
  type CompileOptions,
  type CompileReport,
  type CompiledModule,
  type CustomNodeRequest,
  type CustomNodeResponse,
  type Documents,
  type EngineError,
  type ErrorCode,
  type EvaluateOptions,
  type Evaluation,
  type ExpressionOptions,
  type HttpAccess,
  type HttpRequest,
  type HttpResponse,
  type Json,
  type Limits,
  type ModuleSource,
  type TraceOption,
} from 'zen-edge';
import { CompiledBundle as Slim } from 'zen-edge/slim';
import wasm from 'zen-edge/zen_edge.wasm';

interface Discount {
  discount: number;
}

const limits: Limits = { nodes: 100 };
const http: HttpAccess = {
  allowedHosts: ['api.example.com'],
  handler: async (request: HttpRequest): Promise<HttpResponse> => ({ status: 200, data: request.params }),
};
const customHandler = (request: CustomNodeRequest): CustomNodeResponse => ({ output: request.getField('a.b'), traceData: request.node.kind });
const options: CompileOptions = { limits, http, customHandler, onFailure: 'exclude' };
const documents: Documents = { 'discount.json': { nodes: [], edges: [] } satisfies Json };
const trace: TraceOption = 'reference';
const evaluateOptions: EvaluateOptions = { trace, maxDepth: 5, now: new Date(0) };
const clock: ExpressionOptions = { now: 0 };

export async function everything(source: ModuleSource, compiled: CompiledModule, bytes: Bytes): Promise<number> {
  await initialize(source);
  await initialize(wasm);
  initializeSync(compiled);
  initializeSync(bytes);
  initializeSync(new Uint8Array());
  using bundle: Slim = CompiledBundle.compile(documents, options);
  const report: CompileReport = bundle.report;
  const keys: string[] = bundle.keys();
  const evaluation: Evaluation<Discount> = await bundle.evaluate<Discount>('discount.json', { total: 120 }, evaluateOptions);
  const again = bundle.evaluateSync<Discount>('discount.json', new Uint8Array(), { trace: true });
  const sum: number = evaluateExpressionSync<number>('1 + 2', {}, clock) + (await evaluateExpression<number>('1 + 2'));
  const unary: boolean = evaluateUnaryExpressionSync('> 5', { $: 6 }) && (await evaluateUnaryExpression('> 5', { $: 6 }));
  const text: string = renderTemplateSync<string>('{{ a }}', { a: 1 }) + (await renderTemplate<string>('{{ a }}', { a: 1 }));
  const versions: string = version() + engineVersion();
  const seen: unknown[] = [report.failures, keys, again.result.discount, unary, text, versions];
  return seen.length + sum + evaluation.result.discount;
}

export function explain(thrown: unknown): string {
  if (!(thrown instanceof ZenError)) return String(thrown);
  const code: ErrorCode = thrown.code;
  const error: EngineError = thrown.error;
  return `${code} ${error.type} ${thrown.nodeId ?? ''}`;
}
