/** What an evaluation answers, from the text that crosses the boundary. */

import { zenError } from './errors.js';

type Path = (string | number)[];

/** The answer of an evaluation. @throws what wasm threw, as a `ZenError` */
export function answer<T>(evaluate: () => string): T {
  try {
    return parsed(evaluate());
  } catch (thrown) {
    throw zenError(thrown);
  }
}

/** The answer of an evaluation that may take time. @throws as `answer` */
export async function answered<T>(evaluate: () => string | Promise<string>): Promise<T> {
  try {
    const text = evaluate();
    return parsed(typeof text === 'string' ? text : await text);
  } catch (thrown) {
    throw zenError(thrown);
  }
}

/**
 * Large values that a trace shows several times are in the text once (`Evaluation::to_json` in Rust), and in
 * the trace one object: parsing or copying them takes as long as the evaluation.
 */
function parsed(text: string): any {
  const json = JSON.parse(text);
  if (!Array.isArray(json)) return json;
  const [evaluation, ...paths]: [{ trace: object }, ...Path[]] = json as any;
  for (let index = 0; index + 1 < paths.length; index += 2) {
    const [from, to] = [paths[index]!, paths[index + 1]!];
    const last = to.pop()!;
    at(evaluation.trace, to)[last] = at(evaluation.trace, from);
  }
  return evaluation;
}

const at = (value: any, path: Path): any => path.reduce((container, step) => container[step], value);
