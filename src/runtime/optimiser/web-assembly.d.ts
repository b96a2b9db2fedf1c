/** The part of the WebAssembly interface that clipx uses: TypeScript ships it with the browser's library alone, Node's types leave it out. */
declare namespace WebAssembly {
  class Memory {
    constructor(descriptor: { readonly initial: number; readonly maximum?: number });
    readonly buffer: ArrayBuffer;
    /** By pages of 64 KiB; a `buffer` from before is empty then. */
    grow(pages: number): number;
  }
  class Module {
    constructor(bytes: Uint8Array);
    /** Keeps the class nominal. */
    static readonly customSections: unknown;
  }
  class Instance {
    constructor(module: Module, imports: { readonly host: { readonly memory: Memory } });
    readonly exports: Readonly<Record<string, unknown>>;
  }
}
