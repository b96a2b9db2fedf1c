/** Calls of chains and modules of one's own that are classes: `model.reader(f)`. */
import type { Typed } from '../check/typed.ts';
import type { Body } from './body.ts';
import { leavesOut } from './leaving-out.ts';
import { aligned, type LocatedCode } from './located-code.ts';
import type { Forward } from './own-forward.ts';
import type { OwnModule } from './own-modules.ts';
import { partTarget, partWithin } from './parts.ts';
import { atom } from './python-code.ts';
import type { Place } from './tower-call.ts';
import { Unsupported } from './unsupported.ts';

export interface OwnCall {
  readonly module: OwnModule;
  readonly forward: Forward;
}

/** `typed`: one of its results. */
export function ownCall(body: Body, typed: Typed, { module, forward }: OwnCall, place: Place): LocatedCode {
  const { keys, within } = body.surroundings;
  const { inputs, results, draws } = forward;
  const { owner, path } = module;
  if (within === undefined) module.isCalled = true;
  else within.calls.add(module);
  const target = within === undefined ? partTarget(owner, path) : partWithin(within, within.owner, path);
  if (target === undefined) throw new Unsupported(typed, 'a part from outside');
  const items = itemsOf(body, inputs);
  const name = [within?.owner ?? owner, path].filter((word) => word !== '').join('.');
  if (place === 'step' && (draws.length > 0 || within?.drops(name) === true)) {
    items.push(`dropout=${leavesOut(body, name, draws, typed).text}`);
  }
  const [only, second] = results;
  if (only !== undefined && second === undefined)
    return { code: atom(`${target}(${items.join(', ')})`), axes: only.type.axes };
  const read = new Set(body.companions(`${target} of ${inputs.map((each) => keys.of(each.typed)).join()}`, typed).map((each) => keys.of(each))); // prettier-ignore
  const unpacked = results.map((each) => (read.has(keys.of(each)) ? { typed: each, axes: each.type.axes } : undefined)); // prettier-ignore
  body.unpack(unpacked, target, items);
  return body.value(typed);
}

/** What a call is given. */
export function itemsOf(body: Body, inputs: Forward['inputs']): string[] {
  const values = body.operands(inputs.map((each) => each.typed));
  return inputs.map(({ name, typed, named }, at) => {
    const value = values[at] ?? body.value(typed);
    const { axes } = typed.type;
    const code = body.tensor(body.expanded(value, axes, typed, aligned(value, axes)), typed.type.element === 'i32');
    return named ? `${name}=${code.text}` : code.text;
  });
}
