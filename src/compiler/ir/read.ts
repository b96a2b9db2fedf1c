import { InternalError } from '../common/invariant.ts';
import { GraphBuilder, type Graph, type NodeId } from './graph.ts';
import { isOpName } from './infer.ts';
import type { OpAttributes, OpName } from './ops.ts';
import { formatType } from './tensor-type.ts';

/** Text that is not a graph; `line` counts from 1. */
export class GraphTextError extends Error {
  override readonly name = 'GraphTextError';
  readonly line: number;

  constructor(line: number, message: string) {
    super(`line ${line}: ${message}`);
    this.line = line;
  }
}

/** Reads what `printGraph` wrote; types are inferred anew and compared. Throws GraphTextError. */
export function readGraph(text: string): Graph {
  const lines = text.split('\n').map((line, index) => ({ number: index + 1, text: line.trim() }));
  const written = lines.filter((line) => line.text !== '');
  const [head, ...rest] = written;
  const last = rest.pop();
  const name = head && /^graph (?<name>.+)$/u.exec(head.text)?.groups?.['name'];
  if (!head || !name) throw new GraphTextError(head?.number ?? 1, 'a graph starts with "graph <name>"');
  const builder = new GraphBuilder(readName(name, head.number));
  for (const line of rest) readNode(builder, line.text, line.number);
  if (!last || !/^return\b/u.test(last.text)) {
    throw new GraphTextError(last?.number ?? head.number, 'a graph ends with "return <name>=%<node> …"');
  }
  for (const { groups } of last.text.matchAll(/(?<name>"(?:[^"\\]|\\.)*"|[^\s"#=%]+)=%(?<node>\d+)/gu)) {
    const node = Number(groups?.['node']);
    if (node >= builder.nodes.length) throw new GraphTextError(last.number, `%${node} is not defined`);
    builder.output(readName(groups?.['name'] ?? '', last.number), node);
  }
  return builder.finish();
}

const nodePattern =
  /^%(?<id>\d+) = (?<op>\w+)\((?<operands>[^)]*)\)(?<attributes>(?: \w+=(?:"(?:[^"\\]|\\.)*"|\[[^\]]*\]|[^\s"[]+))*) : (?<type>\S+)(?: {2}# (?<label>.+))?$/u;

function readNode(builder: GraphBuilder, text: string, line: number): void {
  const groups = nodePattern.exec(text)?.groups;
  if (!groups) throw new GraphTextError(line, `not a node: ${text}`);
  const { id, op = '', operands = '', attributes = '', type, label } = groups;
  if (Number(id) !== builder.nodes.length)
    throw new GraphTextError(line, `%${builder.nodes.length} expected, %${id} found`);
  const inputs: NodeId[] = [...operands.matchAll(/%(\d+)/gu)].map((match) => Number(match[1]));
  const add = (): NodeId => addUnchecked(builder, op, inputs, readAttributes(attributes, line), line);
  const node = label === undefined ? add() : builder.labelled(readName(label, line), add);
  const inferred = formatType(builder.type(node));
  if (inferred !== type) throw new GraphTextError(line, `${op} has type ${inferred}, not ${type}`);
}

function addUnchecked(builder: GraphBuilder, op: string, inputs: NodeId[], attributes: object, line: number): NodeId {
  if (!isOpName(op)) throw new GraphTextError(line, `no op is called ${op}`);
  try {
    // Attributes that the op does not take fail in inferType.
    return builder.add<OpName>(op, inputs, attributes as OpAttributes[OpName]);
  } catch (error) {
    if (error instanceof InternalError || error instanceof TypeError) throw new GraphTextError(line, error.message);
    throw error;
  }
}

function readAttributes(text: string, line: number): Record<string, unknown> {
  const attributes: Record<string, unknown> = {};
  for (const { groups } of text.matchAll(/ (?<key>\w+)=(?<value>"(?:[^"\\]|\\.)*"|\[[^\]]*\]|[^\s]+)/gu)) {
    attributes[groups?.['key'] ?? ''] = readValue(groups?.['value'] ?? '', line);
  }
  return attributes;
}

function readValue(text: string, line: number): unknown {
  if (text.startsWith('"')) return readName(text, line);
  if (text === 'true' || text === 'false') return text === 'true';
  if (!text.startsWith('[')) return readNumber(text, line);
  const inner = text.slice(1, -1);
  return inner === '' ? [] : inner.split(',').map((item) => readNumber(item, line));
}

function readNumber(text: string, line: number): number {
  const value = Number(text);
  if (text === '' || (Number.isNaN(value) && text !== 'NaN')) throw new GraphTextError(line, `not a number: ${text}`);
  return value;
}

function readName(text: string, line: number): string {
  if (!text.startsWith('"')) return text;
  try {
    return String(JSON.parse(text));
  } catch {
    throw new GraphTextError(line, `not a name: ${text}`);
  }
}
