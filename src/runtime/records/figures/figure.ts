/** A picture of the report, and a file of the run folder. */
export interface Figure {
  /** The file's name without its ending: letters, digits and hyphens. */
  readonly name: string;
  readonly title: string;
  /** What to see in it, in a sentence; empty where the title says all. */
  readonly caption: string;
  readonly svg: string;
  /** Names and colours of what is drawn, where there are several. */
  readonly legend?: readonly { readonly name: string; readonly color: string }[];
}

/** `target by_yaw` → `target-by-yaw`; names that leave nothing become `figure`. */
export function figureName(words: string): string {
  const name = words
    .normalize('NFKD')
    .replaceAll(/[^A-Za-z0-9]+/g, '-')
    .replaceAll(/^-+|-+$/g, '')
    .toLowerCase();
  return name === '' ? 'figure' : name;
}
