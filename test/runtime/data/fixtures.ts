import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import sharp from 'sharp';
import tar from 'tar-stream';
import { afterAll } from 'vitest';
import type { DatasetSpec } from '../../../src/compiler/program/dataset.ts';
import type { DataPlan } from '../../../src/runtime/data/data-plan.ts';

/** A folder that goes away when the test file ends. */
export function temporaryProject(): string {
  const folder = mkdtempSync(join(tmpdir(), 'clipx-data-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

export function write(folder: string, path: string, content: string | Uint8Array): void {
  mkdirSync(dirname(join(folder, path)), { recursive: true });
  writeFileSync(join(folder, path), content);
}

export async function tarOf(members: Readonly<Record<string, string | Uint8Array>>): Promise<Buffer> {
  const pack = tar.pack();
  const chunks: Uint8Array[] = [];
  const collected = (async () => {
    for await (const chunk of pack) chunks.push(chunk);
  })();
  for (const [name, content] of Object.entries(members)) pack.entry({ name }, Buffer.from(content));
  pack.finalize();
  await collected;
  return Buffer.concat(chunks);
}

/** A PNG of one colour. */
export async function plainPng(
  width: number,
  height: number,
  colour: readonly [number, number, number],
): Promise<Buffer> {
  const [r, g, b] = colour;
  return sharp({ create: { width, height, channels: 3, background: { r, g, b } } })
    .png()
    .toBuffer();
}

export function spec(name: string, source: DatasetSpec['source'], rest: Partial<DatasetSpec> = {}): DatasetSpec {
  return { name, source, columns: {}, steps: [], onBad: 'error', ...rest };
}

export function plan(parts: Partial<DataPlan>): DataPlan {
  return { columns: [], vocabularies: [], tokenizers: [], texts: [], data: [], ...parts };
}

export const path = (of: string): { readonly kind: 'path'; readonly path: string } => ({ kind: 'path', path: of });

export const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');
