import type { Command } from 'commander';
import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Act } from '../command.ts';
import type { CommandContext } from '../context.ts';
import { ExitCode } from '../exit-codes.ts';
import { codeWithoutProgram, openExperiment } from '../experiment.ts';
import { UsageError } from '../failure.ts';
import { packageRoot } from '../../runtime/package-root.ts';
import { writeDiagnostics } from '../write-diagnostics.ts';

export function defineExplain(program: Command, act: Act): void {
  program
    .command('explain')
    .description(
      'Show an experiment with every name resolved and every default filled in, what a name of the catalogue means, or what a code stands for.',
    )
    .argument('<what>', '.clipx file, a name such as resnet18, or a code such as CX2011')
    .argument('[name]', 'one value, part, prompt, fn, … of the file')
    .option('--variants <row>', 'a row of its ablations', 'full')
    .addHelpText(
      'after',
      '\nExamples:\n  clipx explain experiments/clip-gaze/clip-gaze.clipx f_re\n  clipx explain resnet18\n  clipx explain CX3001',
    )
    .action((what: string, name: string | undefined, flags: { readonly variants: string }) =>
      act((context) => {
        if (name === undefined && /^CX\d+$/i.test(what)) return explainOneCode(what.toUpperCase(), context);
        if (name === undefined && isWord(what, context)) return explainWord(what, context);
        return explainFile(what, name, flags.variants, context);
      }),
    );
}

/** What is no path is of the catalogue, unless a file is called so. */
const isWord = (what: string, context: CommandContext): boolean =>
  !/[\\/]|\.clipx$/.test(what) && !existsSync(resolve(context.cwd, what));

async function explainWord(word: string, context: CommandContext): Promise<ExitCode> {
  const [find, { renderConstructText }, { libraryFns, renderLibraryFn }] = await Promise.all([
    import('../../compiler/explain/find-explained.ts'),
    import('../../compiler/explain/explain-construct.ts'),
    import('../../compiler/explain/library-fns.ts'),
  ]);
  const library = libraryFiles.flatMap((file) => libraryFns(file, readFileSync(join(packageRoot(), file), 'utf8')));
  const { constructs, formulas, fields } = find.findExplained(word, library);
  if (constructs.length + formulas.length + fields.length === 0) {
    const near = find.nearestExplained(word, library);
    const say = find.namesThatSay(word, library);
    const speak = say.length === 0 ? undefined : `${near === undefined ? '' : ', or '}${say.slice(0, 12).join(', ')}`;
    throw new UsageError(
      `neither the catalogue nor the library has anything called ${word}`,
      near === undefined && speak === undefined
        ? 'grammar/catalogue.md lists all of it'
        : `did you mean ${near ?? ''}${speak ?? ''}?`,
    );
  }
  const parts = [
    ...(constructs.length === 0 ? [] : [renderConstructText(constructs)]),
    ...formulas.map(renderLibraryFn),
    ...fields.map(find.renderUse),
  ];
  context.print(context.format === 'json' ? `${JSON.stringify([...constructs, ...formulas, ...fields], null, 2)}\n` : parts.join('\n'));
  return ExitCode.done;
} // prettier-ignore

const libraryFiles = ['library/losses.clipx', 'library/metrics.clipx'];

async function explainOneCode(code: string, context: CommandContext): Promise<ExitCode> {
  const [{ explainCode, nearestCode, renderCodeText }, { runCodes }, { dataCodes }] = await Promise.all([
    import('../../compiler/explain/explain-code.ts'),
    import('../../runtime/run-error.ts'),
    import('../../runtime/data/data-error.ts'),
  ]);
  const titles = { ...runCodes, ...dataCodes };
  const entry = explainCode(code, titles);
  if (entry === undefined) {
    const near = nearestCode(code, titles);
    throw new UsageError(`there is no code ${code}`, near === undefined ? undefined : `did you mean ${near}?`);
  }
  context.print(context.format === 'json' ? `${JSON.stringify(entry, null, 2)}\n` : renderCodeText(entry));
  return ExitCode.done;
}

async function explainFile(
  file: string,
  name: string | undefined,
  row: string,
  context: CommandContext,
): Promise<ExitCode> {
  const experiment = await openExperiment(file, context);
  const compiled = await experiment.describe(row);
  const { checked, program, diagnostics, graph } = compiled;
  writeDiagnostics(diagnostics, graph.sources, context, context.environment.stderr);
  if (checked === undefined || program === undefined) return codeWithoutProgram(compiled, file);
  const [{ explanationOf }, render] = await Promise.all([
    import('../../compiler/explain/explain.ts'),
    import('../../compiler/explain/render-explain.ts'),
  ]);
  const explanation = explanationOf({ checked, program, graph });
  if (name === undefined) {
    context.print(
      context.format === 'json' ? `${JSON.stringify(explanation, null, 2)}\n` : render.renderExplainText(explanation),
    );
    return ExitCode.done;
  }
  const text = render.renderExplainedName(explanation, name);
  if (text === undefined) {
    const near = render.nearestExplained(explanation, name);
    throw new UsageError(
      `${file} has nothing called ${name}`,
      near === undefined ? undefined : `did you mean ${near}?`,
    );
  }
  context.print(
    context.format === 'json' ? `${JSON.stringify(render.explainedName(explanation, name), null, 2)}\n` : text,
  );
  return ExitCode.done;
}
