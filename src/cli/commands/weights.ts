import { Option, type Command } from 'commander';
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import type { NamingId } from '../../compiler/types/naming/naming.ts';
import type { WeightsFile } from '../../runtime/weights/formats/weights-file.ts';
import { formatBytes } from '../../runtime/records/report-format.ts';
import type { Act } from '../command.ts';
import type { CommandContext } from '../context.ts';
import { ExitCode } from '../exit-codes.ts';
import { UsageError } from '../failure.ts';

interface ConvertFlags {
  readonly dtype?: 'f16' | 'f32';
  readonly naming?: string;
}

export function defineWeights(program: Command, act: Act): void {
  const weights = program.command('weights').description('Look into files of weights, and convert them.');
  weights
    .command('inspect')
    .description('Say what a file of weights holds: tensors, parameters, whose names they are, which model that is.')
    .argument(
      '<file>',
      'safetensors, PyTorch archive, index of shards, a folder that holds one, or hf:org/name in the cache',
    )
    .option('--digests', 'sha256 of the files and of each tensor (of its values as float32)')
    .addHelpText(
      'after',
      `
Read are safetensors, one file or shards, and what torch.save and torch.jit.save write. Pickles are read as data:
nothing in them is run, and a file that asks for more than tensors is refused.

Examples:
  clipx weights inspect ViT-B-32.pt
  clipx weights inspect weights/clipx-tiny --digests --json
  clipx weights inspect hf:openai/clip-vit-base-patch32`,
    )
    .action((file: string, flags: { digests?: boolean }) => act((context) => inspect(file, flags, context)));
  weights
    .command('convert')
    .description('Write weights as one safetensors file, under other names if asked.')
    .argument('<from>', 'file or folder of weights')
    .argument('<to>', 'the safetensors file to write')
    .addOption(new Option('--dtype <type>', 'of floats; as they are stored by default').choices(['f16', 'f32']))
    .option('--naming <names>', 'names and layout of: clipx, openai, open_clip, hf, timm, torchvision, …')
    .addHelpText(
      'after',
      `
Examples:
  clipx weights convert ViT-B-32.pt vit-b-32.safetensors
  clipx weights convert ViT-B-32.pt model.safetensors --naming hf --dtype f32`,
    )
    .action((from: string, to: string, flags: ConvertFlags) => act((context) => convert(from, to, flags, context)));
}

async function inspect(path: string, { digests }: { digests?: boolean }, context: CommandContext): Promise<ExitCode> {
  const [{ inspectWeights }, { renderWeights }] = await Promise.all([
    import('../../runtime/weights/inspect-weights.ts'),
    import('../render-weights.ts'),
  ]);
  const found = await withWeights(path, context, (file) => inspectWeights(file, digests === true));
  if (context.format === 'json') await printJson('weights', { schema: 'clipx.weights/1', ...found }, context);
  else context.print(renderWeights(found));
  return ExitCode.done;
}

async function convert(from: string, to: string, flags: ConvertFlags, context: CommandContext): Promise<ExitCode> {
  const { convertWeights } = await import('../../runtime/weights/convert-weights.ts');
  const target = resolve(context.cwd, to);
  if (!to.endsWith('.safetensors'))
    throw new UsageError(`\`${to}\` does not end in .safetensors`, 'it is what is written');
  if (target === resolve(context.cwd, from)) throw new UsageError('the file to write is the one to read');
  const dtype = flags.dtype === undefined ? {} : { dtype: flags.dtype === 'f16' ? ('F16' as const) : ('F32' as const) };
  const done = await withWeights(from, context, async (file) => {
    const naming = flags.naming === undefined ? {} : { naming: await namingOf(flags.naming, file) };
    return convertWeights(file, target, { ...dtype, ...naming });
  });
  if (context.format === 'json') {
    await printJson('weights-converted', { schema: 'clipx.weights-converted/1', ...done }, context);
    return ExitCode.done;
  }
  context.print(`${done.path}: ${done.tensors} tensors, ${formatBytes(done.bytes)}\n`);
  if (done.renamed !== undefined) context.remark(`names: ${done.renamed}\n`);
  if (done.leftOut.length > 0) {
    const names = done.leftOut.slice(0, 6).join(', ');
    context.remark(`left out, which have no name there: ${names}${done.leftOut.length > 6 ? `, and ${done.leftOut.length - 6} more` : ''}\n`);
  } // prettier-ignore
  return ExitCode.done;
}

async function printJson(
  schema: 'weights' | 'weights-converted',
  result: unknown,
  context: CommandContext,
): Promise<void> {
  const { validateJson } = await import('../../runtime/records/validate.ts');
  await validateJson(schema, result, 'what is printed');
  context.print(`${JSON.stringify(result, null, 2)}\n`);
}

async function withWeights<T>(
  path: string,
  context: CommandContext,
  use: (file: WeightsFile) => T | Promise<T>,
): Promise<T> {
  const [{ openWeights }, { projectFile }, { RunError }] = await Promise.all([
    import('../../runtime/weights/formats/open-weights.ts'),
    import('../../runtime/hub/project-file.ts'),
    import('../../runtime/run-error.ts'),
  ]);
  const place = projectFile(context.cwd, path);
  if (path.startsWith('hf:') && !existsSync(place)) {
    throw new RunError('world', 'CX8281', `the cache of Hugging Face has no weights of \`${path}\``, {
      help: 'fetch them: `clipx check FILE --allow-network` of an experiment that reads them',
    });
  }
  const file = openWeights(place);
  try {
    return await use(file);
  } finally {
    file.close();
  }
}

/** `hf` is the naming of Hugging Face for the model that the file holds; others are named as `inspect --json` does. */
async function namingOf(word: string, file: WeightsFile): Promise<NamingId> {
  const [{ namingIds }, { guessNaming }, { nearestName }] = await Promise.all([
    import('../../compiler/types/naming/naming.ts'),
    import('../../compiler/types/naming/guess-naming.ts'),
    import('../../compiler/common/suggest.ts'),
  ]);
  const id = namingIds.find((each) => each === word);
  if (id !== undefined) return id;
  if (word === 'hf') {
    const from = guessNaming(file.names, (name) => file.shapeOf(name))?.naming.id ?? 'openai';
    return huggingfaceOf[from] ?? (from.startsWith('huggingface') ? from : 'huggingface_clip');
  }
  const near = nearestName(word, namingIds);
  throw new UsageError(`there is no naming \`${word}\``, `${near === undefined ? '' : `did you mean \`${near}\`? `}known are hf, ${namingIds.join(', ')}`); // prettier-ignore
}

const huggingfaceOf: Partial<Record<NamingId, NamingId>> = {
  openai: 'huggingface_clip',
  open_clip: 'huggingface_clip',
  openai_image: 'huggingface_clip_image',
  openai_text: 'huggingface_clip_text',
  timm: 'huggingface_vit',
  ast: 'huggingface_ast',
};
