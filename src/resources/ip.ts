const octet = "(25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])";
const v4 = new RegExp(`^${octet}(\\.${octet}){3}$`);

export function isIPv4(value: string): boolean {
  return v4.test(value);
}

/** Without zone and without brackets. https://www.rfc-editor.org/rfc/rfc4291#section-2.2 */
export function isIPv6(value: string): boolean {
  const halves = value.split("::");
  if (!value.includes(":") || halves.length > 2) return false;
  const groups = halves.map((half) => (half === "" ? [] : half.split(":")));
  const all = groups.flat();
  const last = all.at(-1) ?? "";
  const hasV4 = last.includes(".");
  if (hasV4 && (!isIPv4(last) || value.endsWith("::"))) return false;
  if (!(hasV4 ? all.slice(0, -1) : all).every((group) => /^[0-9a-fA-F]{1,4}$/.test(group))) return false;
  const count = all.length + (hasV4 ? 1 : 0);
  return halves.length === 2 ? count <= 7 : count === 8;
}

export function isIP(value: string): boolean {
  return isIPv4(value) || isIPv6(value);
}
