/**
 * Regular expressions as Envoy reads them: RE2, and the whole value must match. They are checked before Envoy sees them,
 * since one that it refuses is a NACK. https://github.com/google/re2/wiki/Syntax
 */
import { RE2JS } from "re2js";

/** Longest expression, in characters. Upstream's CRDs allow 1,024 for paths and 4,096 for header values. */
const longestExpression = 1024;

/**
 * Envoy's bootstrap allows programs of 10,000 steps. re2js counts a class as one step, Envoy each of its ranges, so the
 * bound here is that number, less a margin, over the ranges of the widest class.
 */
const mostSteps = 9000;
/** Letters of Latin-1, the widest class that is written without brackets. */
const leastRanges = 8;

/** Why Envoy must not see the expression; undefined where it may. */
export function regexProblem(expression: string): string | undefined {
  if (expression === "") return "the regular expression is empty";
  if (expression.length > longestExpression)
    return `the regular expression has ${expression.length} characters, more than ${longestExpression}`;
  // Envoy matches bytes: to its RE2 a larger code point is no character, while one that is written out is its bytes.
  const wide = [...expression.matchAll(/\\(?:x\{([0-9a-fA-F]+)\}|[^])/g)].find(
    ([, hex]) => Number.parseInt(hex ?? "0", 16) > 0xff,
  );
  if (wide !== undefined) return `${wide[0]} is more than a byte, and Envoy matches bytes: write the character itself`;
  try {
    const steps = RE2JS.compile(expression).programSize();
    const most = Math.floor(mostSteps / widestClass(expression));
    return steps > most
      ? `the regular expression is too large: it compiles to ${steps} steps, more than ${most}`
      : undefined;
  } catch (error) {
    const reason = error instanceof Error ? error.message.replace(/^error parsing regexp: /, "") : String(error);
    return `${JSON.stringify(expression)} is no RE2 regular expression: ${reason}`;
  }
}

/** No class has more ranges than characters between its brackets, but for named ones and where case is ignored. */
function widestClass(expression: string): number {
  const ignoresCase = /\(\?[a-zA-Z]*i/.test(expression);
  const widths = [...expression.matchAll(/\[(?:\\[^]|[^\]\\])*/g)].map(
    ([text]) => text.length + leastRanges * (text.match(/\\[a-zA-Z]|\[:/g)?.length ?? 0),
  );
  return Math.max(leastRanges, ...widths) * (ignoresCase ? 2 : 1);
}

/** The whole value matches an expression that has no problem. */
export function regexMatches(expression: string, value: string): boolean {
  return RE2JS.matches(expression, value);
}
