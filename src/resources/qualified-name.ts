/** Longest DNS subdomain, slash, longest name. */
const longest = 253 + 1 + 63;

const syntax =
  /^([a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*\/)?([A-Za-z0-9][-A-Za-z0-9_.]{0,61})?[A-Za-z0-9]$/;

/** A key of labels or annotations. https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/#syntax-and-character-set */
export function isQualifiedName(key: string): boolean {
  return key.length <= longest && syntax.test(key);
}
