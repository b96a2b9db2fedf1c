/** What the compiler knows of when values are computed, in the words of the file. */
import type { NodeTime } from '../bind/split.ts';
import type { Elaborated } from '../elaborate/elaborator.ts';
import type { GraphNode, NodeId } from '../ir/graph.ts';
import type { InputSource } from '../program/program-function.ts';
import type { ValueTime } from '../program/stage.ts';
import type { StageParameters } from './parameter-table.ts';

/**
 * The user's words for a value that is computed ahead: the let or call that it is, else those nearest below it (the normalised `f_v`
 * is `f_v`), else the part whose parameters it is made of.
 */
export function describer(
  { graph, inputs, named }: Elaborated,
  ownerOf: (parameter: string) => string,
): (node: NodeId) => string {
  const names = firstNames(named);
  return (start) => {
    const found = new Set<string>();
    const owners = new Set<string>();
    const seen = new Set<NodeId>();
    const visit = (id: NodeId): void => {
      if (seen.has(id)) return;
      seen.add(id);
      const name = names.get(id);
      const node = graph.nodes[id];
      if (name !== undefined) found.add(name);
      else if (node?.op === 'input') {
        const source = inputs[node.attributes.name];
        if (source?.kind === 'parameter') owners.add(ownerOf(source.name));
      } else for (const input of node?.inputs ?? []) visit(input);
    };
    visit(start);
    if (found.size > 0) return [...found].join(', ');
    if (owners.size > 0) return `weights of ${[...owners].join(', ')}`;
    return graph.nodes[start]?.label ?? 'a frozen value';
  };
}

/** A let before the call it gives a name to, since the let is what the user reads. */
function firstNames(named: Elaborated['named']): ReadonlyMap<NodeId, string> {
  const names = new Map<NodeId, string>();
  for (const { name, node } of named) {
    const known = names.get(node);
    if (known === undefined || known.includes('(')) names.set(node, name);
  }
  return names;
}

/** When each let, loss and call is computed in the step, and why. */
export function valueTimes(
  { graph, inputs, named }: Elaborated,
  times: readonly NodeTime[],
  table: StageParameters,
  drawn: ReadonlySet<string>,
): ValueTime[] {
  const names = firstNames(named);
  const told = named.filter(({ name, node }) => names.get(node) === name || !name.includes('('));
  const found = new Map(told.map(({ name, node }) => [name, node]));
  return [...found].flatMap(([name, node]): ValueTime[] => {
    const time = times[node];
    if (time === undefined || graph.nodes[node]?.op === 'input') return [];
    const causes = causesOf(graph.nodes, node, inputs, times, table, drawn);
    return [{ name, when: time.when, ahead: !time.inStep, because: because(time, causes) }];
  });
}

interface Causes {
  readonly trained: ReadonlySet<string>;
  readonly frozen: ReadonlySet<string>;
  readonly columns: ReadonlySet<string>;
  /** Columns that every epoch reads anew. */
  readonly drawn: ReadonlySet<string>;
  readonly random: boolean;
  readonly scheduled: ReadonlySet<string>;
  readonly mixes: boolean;
}

/** What a value is made of. */
function causesOf(
  nodes: readonly GraphNode[],
  start: NodeId,
  inputs: Readonly<Record<string, InputSource>>,
  times: readonly NodeTime[],
  table: StageParameters,
  drawn: ReadonlySet<string>,
): Causes {
  const causes = { trained: new Set<string>(), frozen: new Set<string>(), columns: new Set<string>(), drawn: new Set<string>(), random: false, scheduled: new Set<string>(), mixes: false }; // prettier-ignore
  const seen = new Set<NodeId>();
  const stack = [start];
  for (let id = stack.pop(); id !== undefined; id = stack.pop()) {
    const node = nodes[id];
    if (seen.has(id) || node === undefined) continue;
    seen.add(id);
    stack.push(...node.inputs);
    if (times[id]?.mixes === true) causes.mixes = true;
    const source = node.op === 'input' ? inputs[node.attributes.name] : undefined;
    if (source?.kind === 'column') (drawn.has(source.column) ? causes.drawn : causes.columns).add(source.column);
    if (source?.kind === 'random') causes.random = true;
    if (source?.kind === 'weight') causes.scheduled.add(source.name);
    if (source?.kind === 'parameter') {
      const tensor = table.get(source.name);
      // buffers follow their part: those of a trainable one change at every step
      const trains = table.state(tensor.name).flag === 'trainable';
      (trains ? causes.trained : causes.frozen).add(tensor.owner);
    }
  }
  return causes;
}

function because(time: NodeTime, causes: Causes): string {
  const list = (names: ReadonlySet<string>): string => [...names].map((name) => `\`${name}\``).join(', ');
  const frozen = [...causes.frozen].filter((name) => !causes.trained.has(name));
  switch (time.when) {
    case 'constant':
      return frozen.length === 0 ? 'it depends on nothing that changes' : `it depends on the frozen ${list(new Set(frozen))} alone`; // prettier-ignore
    case 'sample':
      if (!time.inStep) return `each sample’s depends on its ${list(causes.columns)} and the frozen ${list(new Set(frozen))} alone`; // prettier-ignore
      if (frozen.length === 0) return 'no frozen tower is in it: cheaper to compute than to keep';
      return 'its samples do not lie one after another in memory';
    case 'step': {
      const reasons = [
        causes.trained.size === 0 ? '' : `${list(causes.trained)} ${causes.trained.size === 1 ? 'trains' : 'train'}`,
        causes.drawn.size === 0 ? '' : `${list(causes.drawn)} ${causes.drawn.size === 1 ? 'is' : 'are'} drawn anew`,
        causes.random ? 'it draws random numbers' : '',
        causes.scheduled.size === 0 ? '' : `${list(causes.scheduled)} is scheduled`,
        causes.trained.size === 0 && causes.mixes ? 'it puts the samples of a batch together' : '',
      ].filter((reason) => reason !== '');
      return reasons.join(', ') || 'it puts the samples of a batch together';
    }
  }
}
