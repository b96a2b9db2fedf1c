import { readFileSync } from 'node:fs';
import { isAbsolute, join } from 'node:path';
import type { ParameterTensor } from '../../compiler/program/parameter.ts';
import { decodePixels, fitImage } from '../data/image/decode.ts';
import { RunError } from '../run-error.ts';

/**
 * What starts from a picture, `image("x.png")`, by name: `[height, width]` in grey or `[height, width, 3]` in sRGB, 0..1, scaled to the size
 * of the tensor without regard to its proportions. Throws RunError CX8201 where the file is not there, CX8203 where it is no picture.
 */
export async function readPictures(
  parameters: readonly ParameterTensor[],
  projectRoot: string,
): Promise<Map<string, Float32Array>> {
  const pictures = new Map<string, Float32Array>();
  for (const { name, init, shape } of parameters) {
    if (init.kind !== 'image') continue;
    const path = isAbsolute(init.path) ? init.path : join(projectRoot, init.path);
    const [height = 1, width = 1, channels = 1] = shape;
    const bytes = await decoded(path, height, width);
    // the luminance of Rec. 709, as an edge detector takes it
    const grey = (at: number): number => 0.2126 * (bytes[3 * at] ?? 0) + 0.7152 * (bytes[3 * at + 1] ?? 0) + 0.0722 * (bytes[3 * at + 2] ?? 0); // prettier-ignore
    const value = channels === 3 ? (at: number): number => bytes[at] ?? 0 : grey;
    pictures.set(
      name,
      Float32Array.from({ length: height * width * channels }, (_, at) => value(at) / 255),
    );
  }
  return pictures;
}

async function decoded(path: string, height: number, width: number): Promise<Uint8Array> {
  let file: Uint8Array;
  try {
    file = readFileSync(path);
  } catch (cause) {
    throw new RunError('user', 'CX8201', `the picture ${path} cannot be opened`, {
      help: 'a path in `image(…)` starts at the folder of the project',
      cause,
    });
  }
  try {
    return fitImage(await decodePixels(file), { height, width, fit: 'stretch' }).data;
  } catch (cause) {
    throw new RunError('user', 'CX8203', `${path} is no picture that can be read`, { cause });
  }
}
