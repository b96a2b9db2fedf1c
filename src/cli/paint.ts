const codes = { bold: '1', dim: '2', red: '31', green: '32', yellow: '33' } as const;

export type Ink = keyof typeof codes;

/** A text in a colour, or as it is. */
export function paint(text: string, ink: Ink, color: boolean): string {
  return color ? `\u001B[${codes[ink]}m${text}\u001B[0m` : text;
}
