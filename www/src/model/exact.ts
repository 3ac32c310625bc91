/** JSON whose numbers are what was written, not the nearest double: for what is compared to the last digit. */

import { isLosslessNumber, parse, stringify } from 'lossless-json';

/** The value of JSON text. Of a member that is there twice the last counts. @throws SyntaxError */
export const exact = (text: string): unknown => parse(text, null, { onDuplicateKey: ({ newValue }) => newValue });

/** The JSON text of such a value, laid out to be read if there are `spaces`. */
export const exactText = (value: unknown, spaces?: number): string => stringify(value, null, spaces) ?? 'null';

/** Whether a value is a number: in such values numbers are objects. */
export const isExactNumber = isLosslessNumber;

/** JSON text laid out to be read; what is no JSON stays as it is. */
export function laidOut(text: string): string {
  try {
    return exactText(exact(text), 2);
  } catch {
    return text;
  }
}
