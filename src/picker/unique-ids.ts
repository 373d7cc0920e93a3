/** Ids that no other life of the picker makes: a random prefix per life, then a count. */
export function createUniqueIds(random: () => number): () => string {
  const life = Array.from({ length: 2 }, () => Math.floor(random() * 2 ** 40).toString(36)).join("");
  let count = 0;
  return () => `${life}-${(count++).toString(36)}`;
}
