import { ByteSource } from '../byte-source.ts';
import { formNotRead, malformedWeights, truncatedWeights } from '../faults.ts';
import type { PickleStorage } from '../pickle/pickle-value.ts';
import { readPickle } from '../pickle/read-pickle.ts';
import { printable } from '../printable.ts';
import { storedBytes } from '../stored-tensor.ts';
import { ZipDirectory, type ZipMember } from '../zip-directory.ts';
import { torchRules } from './globals.ts';
import { TorchFile } from './torch-file.ts';

/** Of the tensors of the largest models; a larger pickle is of something else. */
const largestPickle = 2 ** 25;

/**
 * An open zip archive of PyTorch (since 1.6): `<name>/data.pkl` beside `<name>/data/0`, `<name>/data/1`, …; where `<name>/code` is there
 * too, of TorchScript. Throws RunError CX8202, CX8203, CX8210, CX8217; the file stays the caller's then.
 */
export function openArchive(path: string, file: number): TorchFile {
  const zip = new ZipDirectory(path, file);
  const pickles = zip.names.filter((name) => name.endsWith('/data.pkl') || name === 'data.pkl');
  const pickle = pickles.toSorted((a, b) => a.length - b.length)[0];
  if (pickle === undefined) throw noWeights(path, zip.names);
  const prefix = pickle.slice(0, -'data.pkl'.length);
  const script = zip.names.includes(`${prefix}constants.pkl`);
  const content = zip.member(pickle);
  if (content === undefined || content.bytes > largestPickle)
    throw malformedWeights(path, 'its pickle is impossibly large');
  zip.verify(content);
  const end = content.start + content.bytes;
  const root = readPickle(new ByteSource(path, file, content.start, end), torchRules(script));
  const memberOf = (key: string): ZipMember => {
    const member = zip.member(`${prefix}data/${key}`);
    if (member === undefined) throw malformedWeights(path, `it has no \`${printable(`${prefix}data/${key}`)}\``);
    return member;
  };
  const placeOf = ({ key, dtype, count }: PickleStorage): number => {
    const member = memberOf(key);
    const bytes = count * storedBytes[dtype];
    if (member.bytes < bytes) throw truncatedWeights(path, member.start + bytes, member.start + member.bytes);
    return member.start;
  };
  const whole = new Set<string>();
  const verify = ({ key }: PickleStorage): void => {
    if (!whole.has(key)) zip.verify(memberOf(key));
    whole.add(key);
  };
  const swapped = byteOrder(path, file, zip, prefix) === 'big';
  return new TorchFile({
    path,
    format: script ? 'torchscript' : 'torch',
    file,
    root,
    placeOf,
    verify,
    swapped,
    notes: [],
  });
}

function byteOrder(path: string, file: number, zip: ZipDirectory, prefix: string): string {
  const member = zip.member(`${prefix}byteorder`);
  if (member === undefined) return 'little';
  const order = member.bytes > 8 ? '' : new ByteSource(path, file, member.start, member.start + member.bytes).bytes(member.bytes).toString('latin1'); // prettier-ignore
  if (order !== 'little' && order !== 'big')
    throw malformedWeights(path, `its order of bytes is \`${printable(order)}\``);
  return order;
}

function noWeights(path: string, names: readonly string[]): Error {
  const isPackage = names.some((name) => name.endsWith('.data/extern_modules'));
  if (isPackage)
    return formNotRead(path, 'is a package of torch.package', 'load it in Python and save `model.state_dict()`');
  return formNotRead(
    path,
    'is a zip archive without `data.pkl`, none of PyTorch',
    'unpack it, and name the weights in it',
  );
}
