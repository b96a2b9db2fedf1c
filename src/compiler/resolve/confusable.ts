/**
 * Letters of other scripts that look like Latin ones, by what they look like. After Unicode Technical Standard 39 (confusables),
 * cut to the letters that identifiers of a formula use.
 */
const lookAlikes: Readonly<Record<string, string>> = {
  // Cyrillic
  а: 'a', е: 'e', о: 'o', р: 'p', с: 'c', у: 'y', х: 'x', і: 'i', ј: 'j', ѕ: 's', ԁ: 'd', һ: 'h', ԛ: 'q', ԝ: 'w',
  А: 'A', В: 'B', Е: 'E', К: 'K', М: 'M', Н: 'H', О: 'O', Р: 'P', С: 'C', Т: 'T', У: 'Y', Х: 'X', І: 'I', Ј: 'J', Ѕ: 'S',
  // Greek capitals and omicron; λ, τ, α … look like nothing Latin at a glance
  Α: 'A', Β: 'B', Ε: 'E', Ζ: 'Z', Η: 'H', Ι: 'I', Κ: 'K', Μ: 'M', Ν: 'N', Ο: 'O', Ρ: 'P', Τ: 'T', Υ: 'Y', Χ: 'X', ο: 'o', ν: 'v',
  // dotless
  ı: 'i',
}; // prettier-ignore

/** Equal for two names exactly when they look alike: compatibility forms (subscripts, full width) and look-alike letters fold. */
export function skeleton(name: string): string {
  return Array.from(name.normalize('NFKC'), (letter) => lookAlikes[letter] ?? letter).join('');
}
