/** The path of a part inside another; the empty path is the owner itself. */
export function join(path: string, part: string): string {
  return path === '' ? part : `${path}.${part}`;
}
