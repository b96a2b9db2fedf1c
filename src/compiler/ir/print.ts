import type { Graph, GraphNode } from './graph.ts';
import { formatType } from './tensor-type.ts';

export interface PrintOptions {
  /** Constants of more values print only their first few; such a text does not read back. */
  readonly elideConstantsOver: number;
}

/**
 * A graph as text, one node a line, which `readGraph` reads back:
 *
 *     graph step
 *     %0 = input() name="x" dtype="f32" shape=[2,3] : f32[2,3]
 *     %1 = reduce_sum(%0) axes=[0,1] keep=false : f32[]  # L_g
 *     return loss=%1
 */
export function printGraph(graph: Graph, options: PrintOptions = { elideConstantsOver: Infinity }): string {
  const results = graph.outputs.map(({ name, node }) => `${printName(name)}=%${node}`);
  const lines = [
    `graph ${printName(graph.name)}`,
    ...graph.nodes.map((node) => printNode(node, options)),
    ['return', ...results].join(' '),
  ];
  return `${lines.join('\n')}\n`;
}

function printNode(node: GraphNode, { elideConstantsOver }: PrintOptions): string {
  const operands = node.inputs.map((input) => `%${input}`).join(', ');
  const attributes = Object.entries(node.attributes).map(([key, value]) => {
    const elided = node.op === 'constant' && Array.isArray(value) && value.length > elideConstantsOver;
    return ` ${key}=${elided ? elide(node.attributes.values) : printValue(value)}`;
  });
  const label = node.label === undefined ? '' : `  # ${printName(node.label)}`;
  return `%${node.id} = ${node.op}(${operands})${attributes.join('')} : ${formatType(node.type)}${label}`;
}

function elide(values: readonly number[]): string {
  return `[${values.slice(0, 3).map(printNumber).join(',')},…${values.length}]`;
}

/** Attributes are numbers, flags, words and lists of numbers. */
function printValue(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(printValue).join(',')}]`;
  return typeof value === 'number' ? printNumber(value) : JSON.stringify(value);
}

/** The shortest text that reads back as the same double; unlike JSON it knows -0, infinities and NaN. */
function printNumber(value: number): string {
  return Object.is(value, -0) ? '-0' : String(value);
}

/** As it stands where it is one plain word, else quoted. */
function printName(name: string): string {
  return /^[^\s"#=%]+$/u.test(name) ? name : JSON.stringify(name);
}
