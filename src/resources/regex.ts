/**
 * Regular expressions as Envoy reads them: RE2, and the whole value must match. They are checked before Envoy sees them,
 * since one that it refuses is a NACK. https://github.com/google/re2/wiki/Syntax
 */
import { RE2JS } from "re2js";

/** Longest expression, in characters. Upstream's CRDs allow 1,024 for paths and 4,096 for header values. */
const longestExpression = 1024;

/**
 * re2js counts instructions on code points, Envoy's RE2 on bytes of UTF-8, where "." is about ten and a class of
 * Unicode letters several hundred. Both bounds keep Envoy's count under the 10,000 that its
 * bootstrap allows.
 */
const mostInstructions = 800;
const mostInstructionsWithUnicodeClasses = 20;

/** Why Envoy must not see the expression; undefined where it may. */
export function regexProblem(expression: string): string | undefined {
  if (expression.length > longestExpression)
    return `the regular expression has ${expression.length} characters, more than ${longestExpression}`;
  try {
    const most = /\\[pP]|\(\?[a-zA-Z]*i/.test(expression) ? mostInstructionsWithUnicodeClasses : mostInstructions;
    const size = RE2JS.compile(expression).programSize();
    return size > most
      ? `the regular expression is too large: it compiles to ${size} steps, more than ${most}`
      : undefined;
  } catch (error) {
    const reason = error instanceof Error ? error.message.replace(/^error parsing regexp: /, "") : String(error);
    return `${JSON.stringify(expression)} is no RE2 regular expression: ${reason}`;
  }
}

/** The whole value matches an expression that has no problem. */
export function regexMatches(expression: string, value: string): boolean {
  return RE2JS.matches(expression, value);
}
