import { nearestName } from '../common/suggest.ts';
import { codeEntry, codes } from '../diagnostics/codes.ts';

/** What a code of a diagnostic stands for. Codes of runs and data have a title alone. */
export interface ExplainedCode {
  readonly code: string;
  readonly title: string;
  readonly law: string | null;
  readonly explanation: string | null;
}

/** `titles`: further codes with their titles. Undefined where there is no such code. */
export function explainCode(code: string, titles: Readonly<Record<string, string>> = {}): ExplainedCode | undefined {
  const entry = codeEntry(code);
  if (entry !== undefined) return { code, ...entry };
  const title = Object.hasOwn(titles, code) ? titles[code] : undefined;
  return title === undefined ? undefined : { code, title, law: null, explanation: null };
}

export const nearestCode = (code: string, titles: Readonly<Record<string, string>> = {}): string | undefined =>
  nearestName(code, [...Object.keys(codes), ...Object.keys(titles)]);

export function renderCodeText({ code, title, law, explanation }: ExplainedCode): string {
  const body = [law, explanation].filter((part) => part !== null).map((part) => wrapped(part, 96));
  return [`${code}: ${title}\n`, ...body.map((part) => `${part}\n`)].join('\n');
}

function wrapped(text: string, width: number): string {
  const lines: string[] = [''];
  for (const word of text.split(/\s+/)) {
    const last = lines.length - 1;
    const line = lines[last] ?? '';
    if (line !== '' && line.length + word.length + 1 > width) lines.push(word);
    else lines[last] = line === '' ? word : `${line} ${word}`;
  }
  return lines.join('\n');
}
