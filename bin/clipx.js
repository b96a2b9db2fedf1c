#!/usr/bin/env node
// The command. `--version` is answered from package.json alone; everything else lives in the bundle that `npm run build` makes.
import { existsSync, readFileSync } from 'node:fs';
import * as nodeModule from 'node:module';
import { fileURLToPath } from 'node:url';

const words = process.argv.slice(2);
const bundle = new URL('../dist/main.js', import.meta.url);

if (words.length === 1 && (words[0] === '--version' || words[0] === '-V')) {
  const manifest = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'));
  process.stdout.write(`${manifest.version}\n`);
} else if (existsSync(fileURLToPath(bundle))) {
  // Keeps the compiled bundle between starts (Node 22.1 and newer).
  nodeModule.enableCompileCache?.();
  const { start } = await import(bundle.href);
  await start();
} else {
  process.stderr.write(
    'clipx: the command is not built yet; run `npm ci` (or `npm run build`) in the checkout first\n',
  );
  process.exitCode = 5;
}
