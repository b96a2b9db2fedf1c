/** The door of the compiler: source in, program and diagnostics out. Reads nothing but what the host hands it. */
export { runPasses as compile } from './pipeline.ts';
export type { Compilation, CompileRequest } from './pipeline.ts';
