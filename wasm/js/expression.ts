/** Expressions, unary tests and templates on their own. */

import {
  evaluateExpression as expression,
  evaluateUnaryExpression as unary,
  renderTemplate as template,
} from './wasm/zen_edge.js';
import { guarded } from './errors.js';
import { toText } from './json.js';
import type { Json } from './types.js';

/** The clock that an expression sees. */
export interface ExpressionOptions {
  /** A date or milliseconds since 1970; the default is the host's clock. */
  now?: Date | number;
}

const clock = (options?: ExpressionOptions) => (options?.now === undefined ? undefined : Number(options.now));

/** Evaluates an expression with the context as its environment. @throws ZenError */
export function evaluateExpressionSync<T = unknown>(source: string, context?: Json, options?: ExpressionOptions): T {
  return guarded(() => JSON.parse(expression(source, toText(context), clock(options))));
}

/** Evaluates unary tests, `> 5, [1..3]`, against `$` in the context. @throws ZenError */
export function evaluateUnaryExpressionSync(source: string, context: Json, options?: ExpressionOptions): boolean {
  return guarded(() => unary(source, toText(context), clock(options)));
}

/** Renders a template, `Dear {{ name }}`; one lone expression keeps its type. @throws ZenError */
export function renderTemplateSync<T = unknown>(source: string, context?: Json, options?: ExpressionOptions): T {
  return guarded(() => JSON.parse(template(source, toText(context), clock(options))));
}

/** As `evaluateExpressionSync`, with errors as rejections. */
export async function evaluateExpression<T = unknown>(source: string, context?: Json, options?: ExpressionOptions): Promise<T> {
  return evaluateExpressionSync<T>(source, context, options);
}

/** As `evaluateUnaryExpressionSync`, with errors as rejections. */
export async function evaluateUnaryExpression(source: string, context: Json, options?: ExpressionOptions): Promise<boolean> {
  return evaluateUnaryExpressionSync(source, context, options);
}

/** As `renderTemplateSync`, with errors as rejections. */
export async function renderTemplate<T = unknown>(source: string, context?: Json, options?: ExpressionOptions): Promise<T> {
  return renderTemplateSync<T>(source, context, options);
}
