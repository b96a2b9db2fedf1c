/** RFC 4180: a field with a comma, a quote or a line break stands in quotes. */
export function csvText(lines: readonly (readonly (string | number)[])[]): string {
  const field = (value: string | number): string => {
    const text = String(value);
    return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
  };
  return lines.map((line) => `${line.map(field).join(',')}\n`).join('');
}
