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
    const [from, to] = [`<!-- made of the catalogue: ${kind.name} -->\n`, '<!-- end -->'];
    const start = text.indexOf(from);
    if (start < 0) return text;
    const end = text.indexOf(to, start);
    return `${text.slice(0, start + from.length)}\n${shortTable(kind)}\n${text.slice(end)}`;
  }, readme);
}

/** A row a construct: how it is written with its defaults, and what it is. */
function shortTable(kind: Kind): string {
  const rows = kind.constructs.map((construct) => {
    const { signature, doc, called } = explained({ kind: { ...kind, common: {} }, construct });
    return `| \`${signature.replaceAll('|', '\\|')}\` | ${called === null || called === 'm(x)' ? '' : `\`${called}\`: `}${doc} |\n`;
  });
  return `| ${kind.name} | |\n|---|---|\n${rows.join('')}`;
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
  return `## ${title}\n\nIn a file: \`${kind.place}\`\n\n${shared}${kind.constructs.map((construct) => section(explained({ kind: own, construct }))).join('\n')}`;
}

function section({ name, doc, source, fields, called, example }: ReturnType<typeof explained>): string {
  const from = source === '-' ? '' : ` ${source}.`;
  const table = fields.length === 0 ? '' : `\n| field | takes | default | |\n|---|---|---|---|\n${fields.map((field) => row(field, source)).join('\n')}\n`; // prettier-ignore
  return `### ${name}\n\n${doc}${from}\n\n\`${example}\`${called === null ? '' : `, called as \`${called}\``}\n${table}`;
}

function row({ name, type, unit, default: otherwise, source, required, doc }: ExplainedField, own: string): string {
  const takes = unit === null ? type : `${type}, ${unit}`;
  const value = required ? 'required' : otherwise === null ? '' : `\`${otherwise}\``;
  const from = source === null || source === own ? '' : ` (${source})`;
  return `| \`${name}\` | ${takes.replaceAll('|', '\\|')} | ${value}${from} | ${doc} |`;
}
