/** The largest batch that a run has room for: `clipx plan --memory 12GiB`. */
export interface BatchAnswer {
  readonly limit: number;
  /** Null where not even a batch of one fits, or no batch is trained on. */
  readonly batch: number | null;
  /** Of the process at its peak with that batch; with a batch of one where none fits. */
  readonly bytes: number;
}

/** Batches in question, by their place: all up to 16, then multiples of 8. */
const batchAt = (place: number): number => (place <= 16 ? place : 16 + 8 * (place - 16));
const placeOf = (batch: number): number => (batch <= 16 ? Math.floor(batch) : 16 + Math.floor((batch - 16) / 8));

/** More than anybody trains with. */
const most = placeOf(2 ** 20);

/**
 * `bytesAt` gives the bytes of a batch, or nothing where the file can not have it (`batch / 2` of an odd one). It grows with the batch, nearly
 * in proportion: a line through two sizes says where to look first, and what was looked at halves what is left.
 */
export function largestBatch(
  written: number,
  limit: number,
  bytesAt: (batch: number) => number | undefined,
): BatchAnswer {
  const known = new Map<number, number | undefined>();
  const fits = (place: number): boolean => {
    const batch = batchAt(place);
    if (!known.has(batch)) known.set(batch, bytesAt(batch));
    return (known.get(batch) ?? Number.POSITIVE_INFINITY) <= limit;
  };
  // what fits, and what does not
  let [low, high] = [0, most];
  let guess = Math.max(1, placeOf(written));
  while (high - low > 1) {
    const tried = Math.min(high - 1, Math.max(low + 1, guess));
    if (fits(tried)) low = tried;
    else high = tried;
    const line = known.size < 5 ? onTheLine(known, limit) : undefined;
    const further = high === most ? 2 * tried : Math.floor((low + high) / 2);
    guess = line === undefined ? further : placeOf(line);
  }
  const [smallest = 0] = [...known.keys()].toSorted((a, b) => a - b);
  const batch = low === 0 ? null : batchAt(low);
  return { limit, batch, bytes: known.get(batch ?? smallest) ?? 0 };
}

/** Where the line through the smallest and the largest known size meets the limit. */
function onTheLine(known: ReadonlyMap<number, number | undefined>, limit: number): number | undefined {
  const points = [...known].flatMap(([batch, bytes]) => (bytes === undefined ? [] : [{ batch, bytes }])).toSorted((a, b) => a.batch - b.batch); // prettier-ignore
  const [first] = points;
  const last = points.at(-1);
  if (first === undefined || last === undefined || first === last || last.bytes <= first.bytes) return undefined;
  return first.batch + ((limit - first.bytes) / (last.bytes - first.bytes)) * (last.batch - first.batch);
}
