/** The reference page of the catalogue, `grammar/catalogue.md`: generated, so that it cannot say what the compiler does not do. */
import { catalogue, type Kind } from '../types/catalogue/catalogue.ts';
import { explained, type ExplainedField } from './explain-construct.ts';
import type { LibraryFn } from './library-fns.ts';

/** `library`: its files, by the headings under which they stand. */
export function cataloguePage(library: Readonly<Record<string, readonly LibraryFn[]>>): string {
  const contents = catalogue.map(({ plural }) => `[${plural}](#${plural.replaceAll(' ', '-')})`).join(' · ');
  const formulas = Object.entries(library).map(([title, fns]) => librarySection(title, fns));
  return `# The catalogue

What clipx can name by itself, as \`clipx explain <name>\` prints it. Made by \`npx vitest run test/compiler/explain/catalogue.test.ts -u\` from
\`src/compiler/types/catalogue\`, one construct a file; the checker reads the same files.

${[contents, ...Object.keys(library).map((title) => `[${title.toLowerCase()}](#${title.toLowerCase()})`)].join(' · ')}

${[...catalogue.map(kindSection), ...formulas].join('\n')}`;
}

/** `grammar/README.md` with the tables of the catalogue between its marks. */
export function withCatalogue(readme: string): string {
  return catalogue.reduce((text, kind) => {
    const table = between(text, `<!-- made of the catalogue: ${kind.name} -->\n`, shortTable(kind));
    return between(table, `<!-- names of the catalogue: ${kind.name} -->\n`, names(kind));
  }, readme);
}

/** What stands between a mark and the end of its part is replaced. */
function between(text: string, from: string, content: string): string {
  const start = text.indexOf(from);
  if (start < 0) return text;
  const end = text.indexOf('<!-- end -->', start);
  return `${text.slice(0, start + from.length)}\n${content}\n${text.slice(end)}`;
}

const names = ({ constructs }: Kind): string => `${constructs.map(({ name }) => `[\`${name}\`](catalogue.md#${name})`).join(' ')}\n`; // prettier-ignore

/** A row a construct: how it is written with its defaults, what it is, and what more it brings. */
function shortTable(kind: Kind): string {
  const noted = kind.constructs.some(({ notes = [] }) => notes.length > 0);
  const rows = kind.constructs.map((construct) => {
    const { signature, doc, notes, called, example } = explained({ kind: { ...kind, common: {} }, construct });
    return `| \`${(kind.byExample === true ? example : signature).replaceAll('|', '\\|')}\` | ${called === null || called === 'm(x)' ? '' : `\`${called}\`: `}${doc} |${noted ? ` ${notes.join('; ')} |` : ''}\n`;
  });
  return `| ${kind.name} | |${noted ? ' |' : ''}\n|---|---|${noted ? '---|' : ''}\n${rows.join('')}`;
}

function librarySection(title: string, fns: readonly LibraryFn[]): string {
  const rows = fns.map(
    ({ signature, doc }) => `| \`${signature}\` | ${doc.replaceAll('\n', ' ').replaceAll('|', '\\|')} |\n`,
  );
  return `## ${title}\n\nFormulas of \`${fns[0]?.file ?? ''}\`, to be read there.\n\n| fn | |\n|---|---|\n${rows.join('')}`;
}

function kindSection(kind: Kind): string {
  const title = `${kind.plural.charAt(0).toUpperCase()}${kind.plural.slice(1)}`;
  const common = Object.entries(kind.common ?? {});
  const shared = common.length === 0 ? '' : `Besides its own fields, each takes ${common.map(([name, { doc }]) => `\`${name}\` (${doc})`).join(', ')}.\n\n`; // prettier-ignore
  const own = { ...kind, common: {} };
  return `## ${title}\n\n${kind.place === '…' ? '' : `In a file: \`${kind.place}\`\n\n`}${shared}${kind.constructs.map((construct) => section(explained({ kind: own, construct }))).join('\n')}`;
}

function section({ name, doc, source, fields, notes, called, example }: ReturnType<typeof explained>): string {
  const from = source === '-' ? '' : ` ${source}.`;
  const table = fields.length === 0 ? '' : `\n| field | takes | default | |\n|---|---|---|---|\n${fields.map((field) => row(field, source)).join('\n')}\n`; // prettier-ignore
  const further = notes.length === 0 ? '' : `\n${notes.map((note) => `- ${note}\n`).join('')}`;
  return `### ${name}\n\n${doc}${from}\n\n\`${example}\`${called === null ? '' : `, called as \`${called}\``}\n${table}${further}`;
}

function row({ name, type, unit, default: otherwise, source, required, doc }: ExplainedField, own: string): string {
  const takes = unit === null ? type : `${type}, ${unit}`;
  const value = required ? 'required' : otherwise === null ? '' : `\`${otherwise}\``;
  const from = source === null || source === own || source === 'clipx' ? '' : ` (${source})`;
  return `| \`${name}\` | ${takes.replaceAll('|', '\\|')} | ${value}${from} | ${doc} |`;
}
