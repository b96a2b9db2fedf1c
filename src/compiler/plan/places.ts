/**
 * Where tensors of a part stand, as short as it can be said: `stem, blocks 0..4, projection`. `paths` are their names within the part.
 * Numbered places that follow each other are one range.
 */
export function placesOf(paths: readonly string[]): string {
  const places = new Map<string, Set<number>>();
  for (const path of paths) {
    const [head = '', next = ''] = path.split('.');
    const [, stem = head, digits = ''] = /^(.*?)(\d*)$/.exec(head) ?? [];
    // `blocks.3.conv1`, or `stage3.0.conv1`
    const isList = /^\d+$/.test(next) && digits === '';
    const number = isList ? Number(next) : digits === '' ? undefined : Number(digits);
    const numbers = places.get(stem) ?? new Set<number>();
    places.set(stem, numbers);
    if (number !== undefined) numbers.add(number);
  }
  return [...places]
    .map(([stem, numbers]) => (numbers.size === 0 ? stem : `${stem} ${ranges([...numbers])}`))
    .join(', ');
}

function ranges(numbers: readonly number[]): string {
  const found: [number, number][] = [];
  for (const number of numbers.toSorted((a, b) => a - b)) {
    const last = found.at(-1);
    if (last !== undefined && last[1] === number - 1) last[1] = number;
    else found.push([number, number]);
  }
  return found.map(([from, to]) => (from === to ? `${from}` : `${from}..${to}`)).join(' ');
}
