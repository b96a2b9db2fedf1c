import type { Reporter } from '../diagnostics/reporter.ts';
import type { CheckedStage } from './checked.ts';
import { reachable } from './reachability.ts';
import type { Typed } from './typed.ts';

/**
 * The law: in a contrastive loss the other samples of a batch are negatives. Where the side that is renamed (`t[batch as other]`) is told
 * by a class alone, two samples of one class are the same text, and each is pushed away from its own. Of B samples over K classes
 * B (B − 1) / 2K pairs are expected to be equal; from one pair a batch on that is said. A loss that reads the equality of the labels knows.
 */
export function reportDuplicates({ training, columns, vocabularies }: CheckedStage, report: Reporter): void {
  const classes = new Map(columns.flatMap((column) => (column.kind === 'class' ? [[column.name, column.vocabulary] as const] : []))); // prettier-ignore
  for (const term of training.terms) {
    const nodes = [...reachable([term.typed])];
    if (nodes.some(comparesSamples)) continue;
    for (const node of nodes) {
      if (!isDiagonal(node)) continue;
      const renamed = [...reachable([node])].filter((each) => each.op === 'rename' && each.attributes.pairs.some((pair) => pair.from.id === 'batch')); // prettier-ignore
      for (const value of renamed) {
        const read = new Set([...reachable([value])].flatMap((each) => (each.op === 'column' ? [each.attributes.column] : []))); // prettier-ignore
        const [column, second] = [...read];
        const vocabulary = column === undefined ? undefined : classes.get(column);
        const entries = vocabularies.find((each) => each.name === vocabulary)?.entries.length ?? 0;
        if (column === undefined || second !== undefined || entries === 0) continue;
        const pairs = (training.batch * (training.batch - 1)) / (2 * entries);
        if (pairs < 1 || training.sampler?.kind === 'per-class') continue;
        report.error('CX6006', term.span, `of a batch of ${training.batch} about ${Math.round(pairs)} ${Math.round(pairs) === 1 ? 'pair has' : 'pairs have'} the same \`${column}\`, and \`${term.name}\` counts each as a mismatch`, {
          severity: 'warning',
          found: `${entries} ${entries === 1 ? 'word' : 'words'} in \`${vocabulary ?? ''}\``,
          help: `leave them out (\`where: ${column} != ${column}[batch as other] or …\`), or let the target hold all that are equal`,
        }); // prettier-ignore
        return;
      }
    }
  }
}

/** `s[other: index(batch)]` */
function isDiagonal(node: Typed): boolean {
  const [, index] = node.args;
  return node.op === 'gather' && node.attributes.axis.renames === 'batch' && index?.op === 'index' && index.attributes.axis.id === 'batch'; // prettier-ignore
}

/** `label == label[batch as other]`: the loss knows which samples are alike. */
function comparesSamples(node: Typed): boolean {
  if (node.op !== 'two' || (node.attributes.op !== 'eq' && node.attributes.op !== 'ne')) return false;
  return node.args.some((each) => each.op === 'rename');
}
