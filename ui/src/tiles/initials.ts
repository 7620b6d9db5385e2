/** First letters of the first and the last word of a name, as people see letters (one emoji is one letter). */
export function initials(name: string): string {
  const words = name.split(/\s+/).filter(Boolean);
  const ends = words.length > 1 ? [words[0], words[words.length - 1]] : words;
  return ends.map((word) => firstLetter(word ?? "")).join("");
}

/** A hue in degrees that stays with an identity. */
export function hueOf(identity: string): number {
  let hash = 0;
  for (const character of identity) hash = (Math.imul(hash, 31) + (character.codePointAt(0) ?? 0)) >>> 0;
  return hash % 360;
}

function firstLetter(word: string): string {
  for (const { segment } of new Intl.Segmenter().segment(word)) return segment.toLocaleUpperCase();
  return "";
}
