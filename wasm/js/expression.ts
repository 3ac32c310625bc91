/**
 * Expressions, unary tests and templates on their own, as in `@gorules/zen-engine`.
 *
 * Arguments that cannot be used are refused at once, by the asynchronous functions too; what the
 * expression itself does wrong is a rejection there. An error's message is the engine's own form as
 * JSON text, as `{"type":"parserError","source":"…"}`.
 */

import {
  evaluateExpression as expression,
  evaluateUnaryExpression as unary,
  renderTemplate as template,
} from './wasm/zen_edge.js';
import { nativeForm } from './errors.js';
import { toText } from './json.js';
import { contextArgument, textArgument } from './options.js';

/** The clock that an expression sees. */
export interface ExpressionOptions {
  /** A date or milliseconds since 1970; the default is the host's clock. */
  now?: Date | number;
}

/**
 * Evaluates an expression with the context as its environment.
 *
 * ```js
 * evaluateExpressionSync('sum(map(items, #.price))', { items: [{ price: 2 }, { price: 3 }] }); // 5
 * ```
 * @throws ZenError `expressionFailed`, `limitExceeded`, `invalid`
 */
export function evaluateExpressionSync<T = any>(source: string, context?: unknown, options?: ExpressionOptions): T {
  return expressionCall<T>(source, context, options)();
}

/** As `evaluateExpressionSync`, with what the expression does wrong as a rejection. */
export function evaluateExpression<T = any>(
  source: string,
  context?: unknown,
  options?: ExpressionOptions,
): Promise<T> {
  return later(expressionCall<T>(source, context, options));
}

/**
 * Evaluates unary tests, as a cell of a decision table holds them, against `$` in the context.
 *
 * ```js
 * evaluateUnaryExpressionSync('> 5, [1..3]', { $: 2 }); // true
 * ```
 * @throws ZenError `expressionFailed`, `limitExceeded`, `invalid`
 */
export function evaluateUnaryExpressionSync(source: string, context: unknown, options?: ExpressionOptions): boolean {
  return unaryCall(source, context, options)();
}

/** As `evaluateUnaryExpressionSync`, with what the expression does wrong as a rejection. */
export function evaluateUnaryExpression(
  source: string,
  context: unknown,
  options?: ExpressionOptions,
): Promise<boolean> {
  return later(unaryCall(source, context, options));
}

/**
 * Renders a template. A template that is one expression and nothing else keeps that value's type.
 *
 * ```js
 * renderTemplateSync('Dear {{ name }}', { name: 'Ada' }); // 'Dear Ada'
 * renderTemplateSync('{{ n + 1 }}', { n: 1 }); // 2
 * ```
 * @throws ZenError `expressionFailed`, `limitExceeded`, `invalid`
 */
export function renderTemplateSync<T = any>(source: string, context: unknown, options?: ExpressionOptions): T {
  return templateCall<T>(source, context, options)();
}

/** As `renderTemplateSync`, with what the template does wrong as a rejection. */
export function renderTemplate<T = any>(source: string, context: unknown, options?: ExpressionOptions): Promise<T> {
  return later(templateCall<T>(source, context, options));
}

/** A call into wasm whose arguments are good. */
type Call<T> = () => T;

function expressionCall<T>(source: string, context: unknown, options?: ExpressionOptions): Call<T> {
  const text = context === undefined ? 'null' : toText(context);
  return native(textArgument(source, 'expression'), (source) => JSON.parse(expression(source, text, clock(options))));
}

function unaryCall(source: string, context: unknown, options?: ExpressionOptions): Call<boolean> {
  const text = contextArgument(context);
  return native(textArgument(source, 'expression'), (source) => unary(source, text, clock(options)));
}

function templateCall<T>(source: string, context: unknown, options?: ExpressionOptions): Call<T> {
  const text = contextArgument(context);
  return native(textArgument(source, 'template'), (source) => JSON.parse(template(source, text, clock(options))));
}

function native<T>(source: string, call: (source: string) => T): Call<T> {
  return () => {
    try {
      return call(source);
    } catch (thrown) {
      throw nativeForm(thrown);
    }
  };
}

async function later<T>(call: Call<T>): Promise<T> {
  return call();
}

function clock(options?: ExpressionOptions): number | undefined {
  return options?.now === undefined ? undefined : Number(options.now);
}
