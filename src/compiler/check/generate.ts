import { batchAxis } from '../types/axis.ts';
import { hasAxis, printAxes } from '../types/value-type.ts';
import { Arguments } from './arguments.ts';
import { unbuilt } from './build.ts';
import { reachable } from './reachability.ts';
import type { Site } from './site.ts';
import type { Typed } from './typed.ts';

/** `generate(p, for: said, beam: 5, max: 32)`: the text that p, scores of the next word, finds likeliest, word by word. */
export function generateCall({ checker, call, scope, name }: Site): Typed | undefined {
  const args = new Arguments(checker, name, call, scope, ['for', 'beam', 'max', 'penalty'], [1, 1]);
  const scores = args.tensor(0);
  const said = args.option('for');
  const beam = args.whole('beam', 'CX5006', 1) ?? 1;
  const most = args.whole('max', 'CX5006', 1);
  const penalty = args.number('penalty') ?? 0;
  if (scores === undefined || args.failed) return undefined;
  if (said === undefined)
    return args.fail('CX3006', '`generate` needs `for:`, the words that the equation reads', 'such as `generate(p, for: said, max: 32)`'); // prettier-ignore
  const column = [...reachable([said])].find((node) => node.op === 'column');
  const reads = [...reachable([scores])].some((node) => node === said || (column !== undefined && node.op === 'column' && node.attributes.column === column.attributes.column)); // prettier-ignore
  if (!reads)
    return checker.report.error('CX3006', args.place(0), 'the scores do not read the words that are to be found', {
      related: [{ span: args.labelled('for')?.span ?? call.span, label: 'never read there' }],
      help: '`generate` feeds what it has found so far back through this equation: teacher forcing reads `shift(said, by: 1)`',
    }); // prettier-ignore
  if (!hasAxis(scores.type, 'batch'))
    return checker.report.error('CX3003', args.place(0), 'a text is generated for each sample', {
      expected: 'a value with the axis `batch`',
      found: printAxes(scores.type.axes),
    });
  const options = { beam, max: most ?? null, penalty };
  return unbuilt('`generate`', [scores], options, { element: 'text', axes: [batchAxis] }, call.span);
}
